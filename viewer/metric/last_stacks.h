// last_stacks.h - where each thread stood when most was held: the stack of its
// last allocation by then.
#ifndef RPSCOPE_METRIC_LAST_STACKS_H
#define RPSCOPE_METRIC_LAST_STACKS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

struct last_stack {
    uint32_t ring;
    uint32_t stack; // node
    uint64_t event; // how many had come, with the allocation
    uint64_t time;  // steps since the start
    uint64_t bytes; // that it asked for
};

struct last_stacks {
    struct pool *pool;
    // Of each ring: the last one, and the one before the first behind the last
    // peak. event 0: none.
    struct last_stacks_of {
        struct last_stack now, at_peak;
    } * list;
    size_t count, capacity;
    struct ring_index rings;
};

extern const struct metric last_stacks_metric;

// The i-th ring's at the peak; event 0: it had allocated nothing by then.
const struct last_stack *last_stacks_at_peak(const struct last_stacks *last,
                                             size_t i, const struct sums *sums);

#endif
