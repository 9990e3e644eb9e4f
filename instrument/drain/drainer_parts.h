// drainer_parts.h - what drainer.h is made of: for the files that share it.
//
// drainer.c takes events out of the rings and writes them. A recording that
// began paused has a shadow besides: late.c keeps it and writes nothing, then,
// from the start on, keeps both in step. state.c writes what the shadow has
// come to. A snapshot (snapshot.c) is that, or, where the trace has it all, a
// moment with its figures; of a recording that keeps only the last moments, a
// trace of its own (readout.c). asked.c does what somebody asks for meanwhile.
#ifndef RP_INSTRUMENT_DRAIN_DRAINER_PARTS_H
#define RP_INSTRUMENT_DRAIN_DRAINER_PARTS_H

#include "core/base/atomic.h"
#include "instrument/os/clock.h"
#include "instrument/drain/drainer.h"

enum { RP_HOLD_NS = 100000000 }; // an event waits no longer to be written

// ---- drainer.c ----

// Since the start of the recording.
uint64_t rp_drainer_ns(const struct rp_drainer *drainer);

void rp_drainer_sample_clock(struct rp_drainer *drainer);

// Whether the trace may have another block and, after it, its end.
bool rp_drainer_has_space(const struct rp_drainer *drainer);

// Adds one event to the block, with its time; not before *last, which becomes
// that. rp_encoder_begin came before.
void rp_drainer_add(struct rp_drainer *drainer, const struct rp_record *record,
                    uint64_t *last);

// Writes the block, and before it what it refers to.
void rp_drainer_end_block(struct rp_drainer *drainer, uint32_t ring,
                          uint64_t first_sequence);

// An event of the drainer's own, in ring 0.
void rp_drainer_tell(struct rp_drainer *drainer, unsigned type, uint64_t first,
                     uint64_t second);

// Tells what is new of the threads: their names, and which events were lost.
void rp_drainer_tell_news(struct rp_drainer *drainer);

// Writes what is published and not after `cut` (ticks), without a shadow.
void rp_drainer_drain_to(struct rp_drainer *drainer, uint64_t cut);

// Now, in ticks; or the moment that a snapshot is asked of, so that nothing
// passes it.
static inline uint64_t rp_drainer_now(struct rp_drainer *drainer) {
    uint64_t now = rp_clock_now_ordered(), moment;

    // In this order: what is asked later is later.
    return rp_command_is_moment(&drainer->shared->asked, &moment) &&
                   (int64_t)(moment - now) < 0
               ? moment
               : now;
}

// Whether the recording has yet to be started, or is paused again.
static inline bool rp_drainer_is_paused(const struct rp_drainer *drainer) {
    return load_relaxed(&drainer->shared->paused) != 0; // relaxed: mine
}

// ---- state.c ----

// Writes a snapshot with the state that the shadow has, which is that at
// shadow->applied. What is written afterwards comes after it.
void rp_state_write(struct rp_drainer *drainer);

// Writes a snapshot without one: all that comes before `time` (steps) is
// written, and nothing else.
void rp_state_note(struct rp_drainer *drainer, uint64_t time);

// ---- late.c ----

// Ends the pause: writes the state at some moment, and from now on what comes
// after it.
void rp_late_start(struct rp_drainer *drainer);

// Begins it again: writes what has come so far, and then nothing.
void rp_late_pause(struct rp_drainer *drainer);

// While it is paused: keeps up with what happens. Returns whether there was
// anything.
bool rp_late_look_on(struct rp_drainer *drainer);

// Keeps up to `cut` (ticks), and no less.
void rp_late_keep_up(struct rp_drainer *drainer, uint64_t cut);

// While it is not: keeps trace and shadow in step. all: also what is little
// and new; ends: there will be no other step. Returns whether there was
// anything.
bool rp_late_step(struct rp_drainer *drainer, bool all, bool ends);
// All that is published and not after `cut` (ticks).
void rp_late_step_to(struct rp_drainer *drainer, uint64_t cut);

// Writes what the rings have published that is not after `cut`, and gives
// nothing back.
void rp_late_write(struct rp_drainer *drainer, uint64_t cut);

// ---- readout.c ----

// Writes what is kept of the last moments into a trace of its own, and keeps
// it: up to `cut` (ticks). Returns 0, or an errno value: it was said. *number:
// which one; path: of it.
int rp_readout_write(struct rp_drainer *drainer, uint64_t cut, uint32_t *number,
                     char path[RP_PATH_BYTES + 64]);

// ---- residency.c ----

// Whether it is time for a sample; all: there will be no more. Counts as one.
bool rp_residency_is_due(struct rp_drainer *drainer, bool all);

// Writes a sample of how much of each mapping is in memory, by what is settled;
// nothing, when the process has ended or its system does not tell.
void rp_residency_sample(struct rp_drainer *drainer);

// ---- asked.c ----

// Does what is asked of the drainer, if anything is.
void rp_drainer_obey(struct rp_drainer *drainer);

#endif
