// work.h - what a heap does now and then, by the blocks it has allocated.
//
// The fast path counts nothing. The lists that it pops from are counted when
// they are filled, and so are blocks that do not come from such lists. When the
// heap has allocated WORK_BLOCKS, it looks after itself: takes in what others
// have freed, lets lists go that nobody uses, and tells surplus.h that time has
// passed.
//
// Plain data of the owner; no atomics.
#ifndef RP_CORE_HEAP_WORK_H
#define RP_CORE_HEAP_WORK_H

#include "core/base/bits.h"
#include "core/heap/heap.h"

enum { WORK_BLOCKS = 1024 };

// Counts blocks; 1: the heap is to look after itself, by rp_heap_look.
static inline int work_is_done(struct heap *heap, uint32_t blocks) {
    return RP_UNLIKELY((heap->work_left -= (int32_t)blocks) < 0);
}

void rp_heap_look(struct heap *heap);

#endif
