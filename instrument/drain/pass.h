// pass.h - events out of the rings into the trace.
//
// Invariant: ring space is given back only when the block that holds its events
//            has been handed to the system.
#ifndef RP_INSTRUMENT_DRAIN_PASS_H
#define RP_INSTRUMENT_DRAIN_PASS_H

#include "instrument/write/trace_writer.h"

enum { RP_PASS_HOLD_NS = 100000000 }; // an event waits no longer

// One pass over all rings.
struct rp_pass {
    uint64_t ns;      // when it began
    uint64_t horizon; // steps: everything before is drained
    uint64_t cut;     // ticks: no event after it is written, if is_cut
    bool is_cut;
    bool all;   // also what is little and new
    bool ends;  // there will be no other
    bool found; // that there was something
};

// Comes to a ring: drains it, if it is time to.
void rp_pass_visit(struct rp_trace_writer *writer, struct rp_source *ring,
                   struct rp_pass *pass);

// Drains all that is published and not after `cut` (ticks).
void rp_pass_drain_to(struct rp_trace_writer *writer, uint64_t cut);

// A moment (ticks), not after `now`, up to which about `slots` slots of all
// rings are to be drained, at least one event and at most all.
uint64_t rp_pass_cut(const struct rp_trace_writer *writer, uint64_t slots,
                     uint64_t now);

// Writes what is published and not after `cut`, and gives nothing back.
void rp_pass_copy_to(struct rp_trace_writer *writer, uint64_t cut);

#endif
