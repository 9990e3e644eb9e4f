// spill.h - more room for rings, on the disk, while the drainer is behind.
//
//   slot numbers   ...|-- ring --|from -- file --|written - stage -|to - ring
//   ..
//
// A producer whose ring is full goes on in a small one, its stage, and writes
// that into a file beside the trace, a chunk at a time. The ring's name and the
// numbers of its slots stay; they lie elsewhere from some number on, up to
// another. So the order of a thread's events, and what others may conclude from
// it, is as without. When the drainer has caught up, the producer goes back.
// The file is sparse: it has what is not read yet, and all rings together no
// more than a budget; then a producer waits as it does without a spill.
//
// Writing into a file costs a tenth of what it takes to have its pages mapped.
// The drainer makes it when a producer wishes for it, so whoever drains can
// read it, and a drainer after that finds its name in the shared memory.
//
// Invariant: slots of a ring from `from` up to `written` lie in its region of
//            the file, the next up to `to` in its stage, all others in the
//            ring; a ring has no second spill before the first one is read.
// Progress:  a producer waits for nobody here but for the system's file.
#ifndef RP_INSTRUMENT_SHM_SPILL_H
#define RP_INSTRUMENT_SHM_SPILL_H

#include "instrument/shm/own.h"
#include "instrument/shm/record.h"

// ---- who drains ----

// By the drainer: makes the file when it is wished for; what it cannot is said
// on stderr, once.
void rp_spill_make(struct rp_shm *shm);

// How the file is called, beside the trace.
void rp_spill_name(char *path, size_t room, const char *trace, uint32_t process,
                   uint64_t trace_id);

// By a drainer that goes on; shm: a view of its own. file: the file that the
// last one has made, or -1: it is opened here. true: all that is in the rings
// can be read; then the file is the view's.
bool rp_spill_open(struct rp_shm *shm, int file);
// Gives the file back, and removes it if its name is known.
void rp_spill_close(struct rp_shm *shm);
// Only forgets it.
void rp_spill_leave(struct rp_shm *shm);

// See below; head: what is published.
const struct rp_slots *rp_spill_load(const struct rp_shm *shm,
                                     const struct rp_source *source,
                                     uint64_t at, uint64_t head, uint64_t *end);

// Where slot `at` of the ring lies, to be read there until the next call, up to
// *end. That is at most head, and `at` when nothing can be read.
static inline const struct rp_slots *rp_spill_part(
    const struct rp_shm *shm, const struct rp_source *source, uint64_t at,
    uint64_t head, uint64_t *end) {
    const struct rp_ring *ring = source->ring;
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);
    uint64_t from = load_relaxed(&ring->spill.from); // relaxed: by [spill]

    *end = head;
    if (at >= to || from >= to)
        return &source->slots;
    if (at >= from)
        return rp_spill_load(shm, source, at, head < to ? head : to, end);
    if (from < head)
        *end = from;
    return &source->slots;
}

// rp_record_take, wherever the event lies. 0: it cannot be read.
static inline unsigned rp_spill_read(const struct rp_shm *shm,
                                     const struct rp_source *source,
                                     uint64_t at, uint64_t head,
                                     struct rp_record *record) {
    uint64_t end;
    const struct rp_slots *part = rp_spill_part(shm, source, at, head, &end);

    return at < end ? rp_record_take(part, at, head, record) : 0;
}

// What lies before `tail` has been given back.
void rp_spill_pass(const struct rp_shm *shm, struct rp_source *source,
                   uint64_t tail);

// ---- the producer ----

// That has waited for room from `began` to `now`, in ns: whether it may wait
// on. At first that is better, its processor and the caches are the drainer's
// meanwhile; but not for some ms, and not for half of the time.
bool rp_spill_may_wait(struct rp_producer *producer, uint64_t began,
                       uint64_t now);
// It has found room.
void rp_spill_waited(struct rp_producer *producer, uint64_t began,
                     uint64_t now);

// Without room: moves into a spill, or wishes for one. false: there is none, or
// none yet.
bool rp_spill_enter(struct rp_shm *shm, struct rp_producer *producer);

// In a spill, or coming from one: as rp_producer_refresh.
bool rp_spill_refresh(struct rp_shm *shm, struct rp_producer *producer,
                      unsigned slots);

#endif
