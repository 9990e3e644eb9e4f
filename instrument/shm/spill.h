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

#include "instrument/shm/shared.h"

enum {
    RP_SPILL_REGIONS = 32, // rings with a spill, at the same time
    RP_SPILL_CHUNK_BYTES = 256 << 10,
    RP_SPILL_CHUNK = RP_SPILL_CHUNK_BYTES / sizeof(struct rp_slot),
    RP_SPILL_STAGE = 2 * RP_SPILL_CHUNK, // slots
};

// Where in the file the chunk is that begins at slot `at` of a ring whose spill
// begins at `from`; bytes: of each region, a power of two.
static inline uint64_t rp_spill_offset(uint64_t bytes, uint32_t region,
                                       uint64_t from, uint64_t at) {
    return region % RP_SPILL_REGIONS * bytes +
           ((at - from) * sizeof(struct rp_slot) & (bytes - 1));
}

// Says on stderr that there is no spill, or no more of it, and why.
void rp_spill_complain(const char *path, int error);

// Of a producer that has waited for room from `began` to `now`, in ns: whether
// it may wait on. At first that is better, its processor and the caches are the
// drainer's meanwhile; but not for some ms, and not for half of the time.
bool rp_spill_may_wait(struct rp_ring_producer *producer, uint64_t began,
                       uint64_t now);
// It has found room.
void rp_spill_waited(struct rp_ring_producer *producer, uint64_t began,
                     uint64_t now);

// Without room: moves into a spill, or wishes for one. false: there is none, or
// none yet.
bool rp_spill_enter(struct rp_shm *shm, struct rp_ring_producer *producer);

// In a spill, or coming from one: as rp_ring_producer_refresh.
bool rp_spill_refresh(struct rp_shm *shm, struct rp_ring_producer *producer,
                      unsigned slots);

#endif
