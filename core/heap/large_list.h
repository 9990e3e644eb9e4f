// large_list.h - the large and huge blocks of a first-class heap.
//
// Those of other heaps belong to nobody (large.h). These are freed with the
// heap, so it has a list of them. Only who uses the heap may touch that, so a
// block stays in it when the heap is released.
#ifndef RP_CORE_HEAP_LARGE_LIST_H
#define RP_CORE_HEAP_LARGE_LIST_H

#include "core/heap/heap.h"

// Takes a large or huge block into the heap, and out of it.
void rp_large_list_add(struct heap *heap, struct span *span);
void rp_large_list_remove(struct heap *heap, struct span *span);
// Takes it out and gives its memory back.
void rp_large_list_free(struct heap *heap, struct span *span);

#endif
