// collect.h - taking in the blocks that other threads freed.
#ifndef RP_CORE_HEAP_COLLECT_H
#define RP_CORE_HEAP_COLLECT_H

#include "core/heap/heap.h"

// Takes in everything that others freed into the heap. Its owner only.
void rp_heap_collect(struct heap *heap);

#endif
