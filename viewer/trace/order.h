// order.h - all events of a trace in one order of time.
//
// Each ring (a thread's stream of events) is a chain of blocks in the order of
// their sequence numbers; a heap of rings yields the earliest event. Within a
// ring, time never runs backwards: an event is not earlier than the one before
// it. Equal times go by the number of the ring, so the order is always the
// same. Only the rings whose blocks overlap in time are unpacked at once.
#ifndef RPSCOPE_TRACE_ORDER_H
#define RPSCOPE_TRACE_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/trace/ring.h"

struct trace_order {
    struct ring_source source;
    struct ring *rings;
    size_t ring_count;
    struct ring **heap; // the earliest on top
    size_t heap_count;
    struct ring *current;          // gave the last run
    const struct trace_event *run; // that was found, and not given out yet
    size_t run_count;
    struct trace_event *gathered; // short runs, one behind the other
    uint64_t first_time;          // of all events, steps; 0: there are none
    uint64_t last_time;           // as the block headers say
    uint64_t total_bytes;         // of blocks of events
};

// Looks at the block headers only.
void trace_order_open(struct trace_order *order, struct trace_file *file);
void trace_order_close(struct trace_order *order);

// The next events, in order; at least one but at the end, where it is NULL, and
// at most TRACE_ORDER_RUN. They stay where they are until the next call.
const struct trace_event *trace_order_next(struct trace_order *order,
                                           size_t *count);
enum { TRACE_ORDER_RUN = RING_BATCH };

// Where the order stands: behind the events that were given out.
struct order_position {
    uint64_t missing_events, loaded_bytes;
    struct ring_position rings[];
};

// Of the pool. What was given out last is not there any more; the order goes
// on as before.
struct order_position *trace_order_position(struct trace_order *order,
                                            struct pool *pool);
// An order of the same file that was just opened stands there, and goes on with
// the same events.
void trace_order_return(struct trace_order *order,
                        const struct order_position *position);

#endif
