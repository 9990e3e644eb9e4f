// snapshot.h - a snapshot: the state of all heaps at one moment, as events.
#ifndef RP_INSTRUMENT_DRAIN_SNAPSHOT_H
#define RP_INSTRUMENT_DRAIN_SNAPSHOT_H

#include "instrument/drain/heap_state.h"
#include "instrument/write/trace_writer.h"

// Writes one with this state, which is that at heaps->applied. What is written
// afterwards comes after it.
void rp_snapshot_write(struct rp_trace_writer *writer,
                       const struct rp_heap_state *heaps);

// Writes one without: all that comes before `time` (steps) is written, and
// nothing else.
void rp_snapshot_note(struct rp_trace_writer *writer, uint64_t time);

#endif
