// free_pages.h - pages of part-used spans on which no block lives.
//
// When a thread collects, it gives those back that had blocks and are free
// (core/span/sparse.h), though the span stays. Not those of the span that it
// allocates from.
#ifndef RPSCOPE_METRIC_FREE_PAGES_H
#define RPSCOPE_METRIC_FREE_PAGES_H

#include "viewer/heap/heap.h"

// Bytes of them that are held. Spans of which more than a quarter lives are not
// looked at: they have hardly any.
uint64_t free_pages_held(const struct heap *heap);

// How many there are of such a span, whose slots are there; whoever writes the
// slots down writes that down with them (span.free_pages).
uint32_t free_pages_of(const struct heap *heap, const struct span *span);

enum { FREE_PAGES_MOST = 64 }; // of a span

#endif
