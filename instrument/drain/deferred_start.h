// deferred_start.h - a recording that starts late, and pauses again.
//
// Until the start, and in later pauses, what happens goes into the state of all
// heaps, and nothing is written but snapshots. While it is recorded, events are
// written first, and stay in their rings until the state has them, too.
#ifndef RP_INSTRUMENT_DRAIN_DEFERRED_START_H
#define RP_INSTRUMENT_DRAIN_DEFERRED_START_H

#include "instrument/drain/heap_state.h"
#include "instrument/drain/kept_marks.h"
#include "instrument/write/trace_writer.h"

struct rp_deferred_start {
    // Of a recording that began paused. NULL: of others, and after the start
    // when only the last moments were kept.
    struct rp_heap_state *heaps;
    // When only the last moments are kept, in ticks: the last look, the one
    // before the newest event, and how many slots there had been.
    uint64_t looked, newest, heads;
    uint64_t stepped_ns; // when state and trace were last brought up together
    struct rp_kept_marks marks; // when only the last moments are kept
};

// While it is paused: keeps up with what happens; there must be a state.
// Returns whether there was anything.
bool rp_deferred_start_follow(struct rp_deferred_start *start,
                              struct rp_trace_writer *writer);
// The same up to `cut` (ticks), and no less.
void rp_deferred_start_follow_to(struct rp_deferred_start *start,
                                 struct rp_trace_writer *writer, uint64_t cut);

// Ends the pause: writes the state at some moment, and from now on what comes
// after it.
void rp_deferred_start_resume(struct rp_deferred_start *start,
                              struct rp_trace_writer *writer);

// While it is not paused: keeps trace and state in step. all: also what is
// little and new; cut: up to there (ticks), NULL: up to now. Returns whether
// there was anything.
bool rp_deferred_start_step(struct rp_deferred_start *start,
                            struct rp_trace_writer *writer, bool all,
                            const uint64_t *cut);
// All that is published and not after `cut`.
void rp_deferred_start_step_to(struct rp_deferred_start *start,
                               struct rp_trace_writer *writer, uint64_t cut);

// Begins a pause: writes what has come so far, and then nothing.
void rp_deferred_start_pause(struct rp_deferred_start *start,
                             struct rp_trace_writer *writer);

#endif
