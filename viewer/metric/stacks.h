// stacks.h - allocations, frees and live blocks of each exact stack.
#ifndef RPSCOPE_METRIC_STACKS_H
#define RPSCOPE_METRIC_STACKS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

struct stack_counts {
    uint32_t node;
    uint64_t live_blocks, live_bytes, block_bytes; // block_bytes: with rounding
    uint64_t allocations, frees, allocated_bytes;
    uint64_t temporary;       // freed by its thread before its next allocation
    uint64_t peak_used_bytes; // live_bytes at the last peak, see changed_at
    uint64_t changed_at;      // event of the last change of live_bytes
};

struct stacks {
    struct pool *pool;
    struct stack_counts *list;
    size_t count, capacity;
    uint32_t **index_of_node; // chunks of TABLES_NODE_CHUNK; index + 1
    size_t chunk_count;       // up to the last one

    // The last block that each ring has allocated, until it is freed.
    struct stacks_last {
        uint32_t ring, span, block;
    } * last;
    size_t last_count, last_capacity;
    struct ring_index rings;
};

extern const struct metric stacks_metric;

// The index in list of a node that had a block, or was blamed.
static inline uint32_t stacks_find(const struct stacks *stacks, uint32_t node) {
    return stacks->index_of_node[node / TABLES_NODE_CHUNK]
                                [node % TABLES_NODE_CHUNK] -
           1;
}

// Whether there is such a node, of any number.
static inline bool stacks_has(const struct stacks *stacks, uint64_t node) {
    return node / TABLES_NODE_CHUNK < stacks->chunk_count &&
           stacks->index_of_node[node / TABLES_NODE_CHUNK] &&
           stacks->index_of_node[node / TABLES_NODE_CHUNK]
                                [node % TABLES_NODE_CHUNK] > 0;
}

// What was live of a stack when most was used.
uint64_t stacks_at_peak(const struct stack_counts *stack,
                        const struct sums *sums);

#endif
