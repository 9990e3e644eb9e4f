// own_heap.h - what blocks take when they have a heap of their own.
//
// Spans of their classes, full but for the last of each, in segments that only
// this heap has: the first of 4 spans, each next one twice as large up to 64,
// as core's segments are (core/span/segment.c).
#ifndef RPSCOPE_METRIC_OWN_HEAP_H
#define RPSCOPE_METRIC_OWN_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct own_heap {
    uint64_t span_bytes;
    uint64_t blocks[256]; // by class
    uint32_t per_span[256];
    uint64_t large; // bytes of blocks that have spans for themselves
};

// `per_span`: how many fit into a span; 0: a large or huge block of `bytes`.
void own_heap_add(struct own_heap *own, uint8_t class_index, uint32_t per_span,
                  uint64_t blocks, uint64_t bytes);
// Spans of the next segment for all heaps: an eighth of what there is, which
// core counts in spans and one more for each segment; 4 at least, 64 at most.
// `huge`: for heaps that have grown, of huge pages; 32 at least.
uint64_t own_heap_next(uint64_t all, bool huge);
// What is mapped for so many spans when nothing goes back; `lost`: of each
// segment by alignment, 0 or 1.
struct own_heap_mapped {
    uint64_t spans, segments;
};
struct own_heap_mapped own_heap_shared(uint64_t spans, uint64_t lost);

// Spans with blocks, and bytes of all segments.
uint64_t own_heap_spans(const struct own_heap *own);
uint64_t own_heap_bytes(const struct own_heap *own);

#endif
