// pins_over_time.h - what the blocks of each stack have pinned, over time.
//
// The free bytes of a span, shared out evenly between its live blocks (pins.h),
// integrated. All live blocks of a span gain at the same rate: so one running
// sum a span is enough. A stack is given that sum for each block that dies, and
// it is taken from it for each that is born: with the sums of its live blocks'
// spans, that is what its blocks have had.
#ifndef RPSCOPE_METRIC_PINS_OVER_TIME_H
#define RPSCOPE_METRIC_PINS_OVER_TIME_H

#include "viewer/metric/metric.h"

// A span of blocks of one size class.
struct pinned {
    double sum;    // bytes for each live block, times steps
    uint64_t time; // until when that is worked out
};

struct pins_over_time {
    struct pool *pool;
    struct pinned ***chunks;   // of SEGMENT_CHUNK segments, of their spans
    const struct spans *spans; // of the heap: which segment a span is in
    // Bytes times steps, less the sums of the spans of its live blocks, by the
    // index of stacks.h.
    double *stacks;
    size_t stack_count;
};

extern const struct metric pins_over_time_metric;

// Bytes times steps that each stack had as its share, since the start:
// result[i] for stacks.list[i].
void pins_over_time_read(const struct pins_over_time *pins,
                         const struct metric_context *context, double *result);

#endif
