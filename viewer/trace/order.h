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

#include "viewer/trace/decode.h"
#include "viewer/trace/file.h"

struct order_ring;

struct trace_order {
    struct trace_file *file;
    struct order_ring *rings;
    size_t ring_count;
    struct order_ring **heap; // the earliest on top
    size_t heap_count;
    struct order_ring *current;    // gave the last run
    const struct trace_event *run; // that was found, and not given out yet
    size_t run_count;
    struct trace_event *gathered;  // short runs, one behind the other
    struct trace_decoder *decoder; // for blocks that are decoded at once
    struct trace_buffer buffer;
    uint64_t missing_events; // gaps in the sequence numbers of rings
    uint64_t first_time;     // of all events, steps; 0 when there are none
    uint64_t last_time;      // as the block headers say
    uint64_t total_bytes;    // of blocks of events
    uint64_t loaded_bytes;   // of these, unpacked so far
};

// Looks at the block headers only.
void trace_order_open(struct trace_order *order, struct trace_file *file);
void trace_order_close(struct trace_order *order);

// The next events, in order; at least one but at the end, where it is NULL, and
// at most TRACE_ORDER_RUN. They stay where they are until the next call.
const struct trace_event *trace_order_next(struct trace_order *order,
                                           size_t *count);
enum { TRACE_ORDER_RUN = 256 };

#endif
