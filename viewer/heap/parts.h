// parts.h - in which part the bytes of a span are, from nothing but itself.
#ifndef RPSCOPE_HEAP_PARTS_H
#define RPSCOPE_HEAP_PARTS_H

#include "viewer/heap/moment.h"
#include "viewer/heap/spans.h"

// Of a span of a size class without PART_USED and PART_ROUNDING, which its
// blocks have; of a run all, told by its first span.
void parts_of_span(const struct span *span, uint32_t header_bytes,
                   int64_t parts[PARTS]);

// Bytes that the live large or huge block of a span takes, rounding included.
uint64_t parts_large_block(const struct span *span, uint32_t header_bytes);

#endif
