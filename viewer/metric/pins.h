// pins.h - whose live blocks keep free memory in their spans.
//
// A span is free for any size only when all its live blocks are gone. What
// it keeps until then, P bytes (span_pinned), is shared out between groups of
// stacks: evenly by live blocks (share), and wholly to the group that has them
// all (alone). The shares of all groups add up to the P of all spans. A segment
// goes back as a whole when all its spans are free: the same, one level up.
#ifndef RPSCOPE_METRIC_PINS_H
#define RPSCOPE_METRIC_PINS_H

#include <stddef.h>
#include <stdint.h>

#include "viewer/metric/levers.h"
#include "viewer/metric/stacks.h"

struct pin {
    double share;
    uint64_t alone;
    uint64_t spans;
    uint64_t alone_spans;
    // Bytes of the spans, large ones too, that the group has alone, with its
    // blocks; and never used ones of segments that it has alone.
    uint64_t alone_held, alone_unused;
    uint64_t moved; // bytes held less if the blocks of the spans that the
                    // group has alone were packed densely elsewhere: first into
                    // the room of other spans of their class, half full and
                    // more, then into new ones. Nobody moves to lose by it.
};

// The groups without which half of what is kept becomes free.
struct pins_lever {
    struct lever lever;
    uint64_t blocks, block_bytes; // of these groups, live
    uint64_t spans;               // that become free
    uint64_t held;                // bytes of these, with the blocks in them
    uint64_t segment_held;        // of segments that become free
    uint64_t segment_unused;      // of that, never used
    // What a heap of their own takes: spans for all their blocks, and the
    // segments that it asks for.
    uint64_t own_spans, own_heap;
};

struct pins {
    struct pool *pool;
    struct pin *groups;
    size_t group_count;
    uint64_t total;            // sum of P
    struct pins_lever span;    // of spans, by P
    struct pins_lever segment; // of segments, by what is in them beyond blocks
};

// Which stacks the live blocks of each span are of: all blocks are looked at
// once, for whatever groups come next. Of the pool of the heap.
struct pins_tenants {
    struct pool *pool;
    struct pins_tenant {
        uint32_t stack; // index in stacks->list
        uint32_t blocks;
    } * list;
    size_t count, capacity;
    struct pins_tenanted {
        const struct span *span;
        size_t first; // in the list
        uint32_t count;
    } * spans; // with live blocks
    size_t span_count, span_capacity;
    uint32_t *blocks; // by stack, of the span at hand; zero between spans
    const struct stacks *stacks;
};
void pins_tenants_find(struct pins_tenants *tenants, const struct heap *heap,
                       const struct stacks *stacks);
void pins_tenants_free(struct pins_tenants *tenants);

// group_of_stack has one entry, below group_count, for each of stacks->list.
void pins_compute(struct pins *pins, const struct heap *heap,
                  const struct pins_tenants *tenants,
                  const uint32_t *group_of_stack, size_t group_count);
void pins_free(struct pins *pins);

#endif
