// drainer_parts.h - what drainer.h is made of: for the files that share it.
//
// drainer.c takes events out of the rings and writes them; late.c writes what
// there was before them; asked.c does what somebody asks for meanwhile.
#ifndef RP_DRAINER_PARTS_H
#define RP_DRAINER_PARTS_H

#include "core/atomic.h"
#include "instrument/drainer.h"

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

// Whether the recording has yet to be started.
static inline bool rp_drainer_is_paused(const struct rp_drainer *drainer) {
    return load_relaxed(&drainer->shared->paused) != 0; // relaxed: mine
}

// ---- late.c ----

// Writes the state at some moment, and from now on what comes after it.
void rp_late_start(struct rp_drainer *drainer);

// Before it: keeps up with what happens, and writes nothing. Returns whether
// there was anything.
bool rp_late_look_on(struct rp_drainer *drainer);

// ---- asked.c ----

// Does what is asked of the drainer, if anything is.
void rp_drainer_obey(struct rp_drainer *drainer);

#endif
