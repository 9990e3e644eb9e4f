// pins.h - whose live blocks keep free memory from being given back.
//
// A span in use can be given back only when all its live blocks are gone. What
// it keeps until then, P bytes (span_pinned), is shared out between groups of
// stacks: evenly by live blocks (share), and wholly to the group that has them
// all (alone). The shares of all groups add up to the P of all spans.
#ifndef RPSCOPE_METRIC_PINS_H
#define RPSCOPE_METRIC_PINS_H

#include <stddef.h>
#include <stdint.h>

#include "viewer/metric/stacks.h"

struct pin {
    double share;
    uint64_t alone;
    uint64_t spans;
    uint64_t alone_spans;
    int64_t moved; // bytes held less if the blocks of the spans that the
                   // group has alone were packed densely elsewhere
};

// Greedy: each adds the group that frees the most with those before it.
struct pins_together {
    uint32_t group;
    uint64_t bytes; // that all of them so far free
};

struct pins {
    struct pool *pool;
    struct pin *groups;
    size_t group_count;
    uint64_t total; // sum of P
    struct pins_together *together;
    size_t together_count;
};

enum { PINS_TOGETHER = 5 };

// group_of_stack has one entry, below group_count, for each of stacks->list.
void pins_compute(struct pins *pins, const struct heap *heap,
                  const struct stacks *stacks, const uint32_t *group_of_stack,
                  size_t group_count);
void pins_free(struct pins *pins);

#endif
