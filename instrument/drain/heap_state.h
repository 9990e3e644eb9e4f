// heap_state.h - the state of all heaps, as the events so far have made it.
//
// For a recording that has not been started yet: instead of writing events, the
// drainer applies them here, in the order of time, and writes at the start
// what they have come to, as if all of it had just come about. So nothing that
// is still there is missing from the trace, with its sizes and stacks.
#ifndef RP_INSTRUMENT_DRAIN_HEAP_STATE_H
#define RP_INSTRUMENT_DRAIN_HEAP_STATE_H

#include "core/hook.h"
#include "instrument/drain/heap_tables.h"
#include "instrument/shm/record.h"

struct rp_heap_state {
    struct rp_layout_info layout;
    const struct rp_class_info *classes;
    struct rp_heap_tables tables;
    uint32_t bookkeepings; // entries of that table
    uint32_t heap_limit;   // more than any number of a heap
    uint32_t refused;      // events with numbers that cannot be
    uint64_t applied;      // in ticks: no event after it has been applied
};

// layout, classes: of the allocator that is recorded. NULL: no memory.
struct rp_heap_state *rp_heap_state_make(const struct rp_layout_info *layout,
                                         const struct rp_class_info *classes);
void rp_heap_state_free(struct rp_heap_state *heaps);

// An event of a ring; the next one in the order of all events. One that cannot
// be is left out, and counted.
void rp_heap_state_apply(struct rp_heap_state *heaps, uint32_t ring,
                         const struct rp_record *record);

#endif
