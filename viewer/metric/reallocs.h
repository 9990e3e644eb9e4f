// reallocs.h - blocks that grow step by step: reallocations of each exact
// stack, in their place and to another one.
#ifndef RPSCOPE_METRIC_REALLOCS_H
#define RPSCOPE_METRIC_REALLOCS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

struct realloc_counts {
    uint32_t stack; // node
    uint64_t in_place;
    uint64_t moved;       // a new block was had, and the old one copied
    uint64_t moved_bytes; // what these asked for
};

struct reallocs {
    struct pool *pool;
    struct realloc_counts *list;
    size_t count, capacity;
    struct ring_index stacks; // in list, by node
};

extern const struct metric reallocs_metric;

#endif
