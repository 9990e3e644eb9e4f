// retire.h - a heap gives back what it does not use.
//
// Blocks of others that the heap has gathered must have been sent (foreign.h).
#ifndef RP_CORE_HEAP_RETIRE_H
#define RP_CORE_HEAP_RETIRE_H

#include "core/heap/heap.h"

// Puts the list of a class back into its spans, and the active span away when
// it is empty.
void rp_heap_retire_class(struct heap *heap, unsigned class_index);
// Takes in everything that others freed, and gives back every empty span and
// the whole thread cache.
void rp_heap_retire(struct heap *heap);
// The same, and the free pages of spans that are not empty.
void rp_heap_retire_pages(struct heap *heap);

// Wishes that all heaps do that, each when it comes by. Any thread.
extern _Atomic(uint32_t) rp_heap_retire_wishes; // so far
static inline void rp_heap_retire_wish(void) {
    add_relaxed(&rp_heap_retire_wishes, 1); // relaxed: nothing else is told
}

// Whether there was a wish since the last time; then the owner is to retire.
static inline int heap_hears_wish(struct heap *heap) {
    // relaxed: noticing late is allowed.
    uint32_t wishes = load_relaxed(&rp_heap_retire_wishes);

    if (RP_LIKELY(heap->wishes_heard == wishes))
        return 0;
    heap->wishes_heard = wishes;
    return 1;
}

#endif
