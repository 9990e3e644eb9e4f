// census.h - which blocks of a span are free.
#ifndef RP_CORE_HEAP_CENSUS_H
#define RP_CORE_HEAP_CENSUS_H

#include "core/heap/heap.h"
#include "core/span/block_set.h"

// How many of a span's `used` blocks are in the heap's list; for the active
// one, one more (span/span.h).
uint32_t rp_census_unused(const struct heap *heap, const struct span *span);

// Adds the free blocks of a span that serves a class: those in lists, not
// carved yet, or withheld.
void rp_census_add_free(const struct span *span, struct block_set *set);

#endif
