// free_all.h - freeing every block of a first-class heap at once.
#ifndef RP_CORE_HEAP_FREE_ALL_H
#define RP_CORE_HEAP_FREE_ALL_H

#include "core/heap/heap.h"

void rp_heap_free_all(struct heap *heap);

#endif
