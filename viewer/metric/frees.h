// frees.h - who frees whose blocks, where the recording has stacks of frees.
#ifndef RPSCOPE_METRIC_FREES_H
#define RPSCOPE_METRIC_FREES_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

// Frees from one stack of blocks that another one has allocated.
struct free_pair {
    uint32_t stack, by; // nodes
    uint64_t frees, bytes;
    uint64_t deferred; // of the frees: by another thread than the owner
};

struct frees {
    struct pool *pool;
    struct free_pair *list;
    size_t count, capacity;
    uint32_t *slots; // in list, + 1; open addressing
    size_t slot_count;
    struct ring_index next; // the stack of each ring's next free; 0: not told
};

extern const struct metric frees_metric;

#endif
