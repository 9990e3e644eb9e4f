// parts.h - in which part the bytes of a span are, from nothing but itself.
#ifndef RPSCOPE_HEAP_PARTS_H
#define RPSCOPE_HEAP_PARTS_H

#include "viewer/heap/moment.h"
#include "viewer/heap/spans.h"

// Whether a span has no block but deferred ones, as many as fit: then what has
// been given back of it are theirs.
static inline bool parts_are_deferred(const struct span *span) {
    return span->block_bytes > 0 && span->live == 0 &&
           span->deferred >= span->blocks;
}

// A run is told by its first span.
void parts_of_span(const struct span *span, uint32_t header_bytes,
                   int64_t parts[PARTS]);

// Bytes that a large or huge block takes of `total`, rounding included.
uint64_t parts_large_taken(uint64_t total, uint64_t wanted,
                           uint32_t header_bytes);

#endif
