// spill_reader.h - the spill of rings (spill.h), for who drains them.
#ifndef RP_INSTRUMENT_SHM_SPILL_READER_H
#define RP_INSTRUMENT_SHM_SPILL_READER_H

#include "instrument/shm/record.h"
#include "instrument/shm/spill.h"

// By the drainer: makes the file when it is wished for; what it cannot is said
// on stderr, once.
void rp_spill_reader_make(struct rp_shm *shm);

// Opens the file that the last drainer has made. true: all that is in the rings
// can be read. By a drainer that goes on; shm: a view of its own.
bool rp_spill_reader_open(struct rp_shm *shm);
void rp_spill_reader_close(struct rp_shm *shm);

// Removes the files of the rings and of their spill.
void rp_spill_reader_remove(const struct rp_shared *shared);

// See below; head: what is published.
const struct rp_ring *rp_spill_reader_load(const struct rp_shm *shm,
                                           const struct rp_ring *ring,
                                           uint64_t at, uint64_t head,
                                           uint64_t *end);

// Where slot `at` of the ring lies: the ring itself or another one, to be read
// in its stead, until the next call, up to *end. That is at most head, and `at`
// when nothing can be read.
static inline const struct rp_ring *rp_spill_reader_part(
    const struct rp_shm *shm, const struct rp_ring *ring, uint64_t at,
    uint64_t head, uint64_t *end) {
    // acquire [spill]: where it begins and lies
    uint64_t to = load_acquire(&ring->spill.to);
    uint64_t from = load_relaxed(&ring->spill.from); // relaxed: by [spill]

    *end = head;
    if (at >= to || from >= to)
        return ring;
    if (at >= from)
        return rp_spill_reader_load(shm, ring, at, head < to ? head : to, end);
    if (from < head)
        *end = from;
    return ring;
}

// rp_record_read, wherever the event lies. 0: it cannot be read.
static inline unsigned rp_spill_reader_read(const struct rp_shm *shm,
                                            const struct rp_ring *ring,
                                            uint64_t at, uint64_t head,
                                            struct rp_record *record) {
    uint64_t end;
    const struct rp_ring *part =
        rp_spill_reader_part(shm, ring, at, head, &end);

    return at < end ? rp_record_read(part, at, record) : 0;
}

// What lies before `tail` has been given back.
void rp_spill_reader_pass(const struct rp_shm *shm, struct rp_ring *ring,
                          uint64_t tail);

#endif
