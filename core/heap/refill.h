// refill.h - the next blocks of a class, when the heap's list is empty.
#ifndef RP_CORE_HEAP_REFILL_H
#define RP_CORE_HEAP_REFILL_H

#include "core/heap/heap.h"

// Takes blocks of a class, from the spans that the heap has, into heap->free
// and returns the first, not counting it as allocated: the caller pops it.
// NULL: they have none; the class has no active span then.
struct block *rp_heap_refill(struct heap *heap, unsigned class_index);

// The same from an empty span. NULL: out of memory.
struct block *rp_heap_refill_anew(struct heap *heap, unsigned class_index);

#endif
