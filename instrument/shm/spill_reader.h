// spill_reader.h - the spill of rings (spill.h), for who drains them.
//
// What a producer tells of its spill is believed no more than its ring is: the
// path is made of what the drainer knows, regions are what the file has.
#ifndef RP_INSTRUMENT_SHM_SPILL_READER_H
#define RP_INSTRUMENT_SHM_SPILL_READER_H

#include "instrument/shm/own.h"
#include "instrument/shm/record.h"
#include "instrument/shm/spill.h"

// By the drainer: makes the file when it is wished for; what it cannot is said
// on stderr, once.
void rp_spill_reader_make(struct rp_shm *shm);

// How the file is called, beside the trace.
void rp_spill_reader_name(char *path, size_t room, const char *trace,
                          uint32_t process, uint64_t trace_id);

// By a drainer that goes on; shm: a view of its own. file: the file that the
// last one has made, or -1: it is opened here. true: all that is in the rings
// can be read; then the file is the view's.
bool rp_spill_reader_open(struct rp_shm *shm, int file);
// Gives the file back, which stays where it is.
void rp_spill_reader_close(struct rp_shm *shm);
// The same, and removes it if its name is known.
void rp_spill_reader_remove(struct rp_shm *shm);
// Only forgets it, where it is open elsewhere.
void rp_spill_reader_leave(struct rp_shm *shm);

// See below; head: what is published.
const struct rp_slots *rp_spill_reader_load(const struct rp_shm *shm,
                                            const struct rp_source *source,
                                            uint64_t at, uint64_t head,
                                            uint64_t *end);

// Where slot `at` of the ring lies, to be read there until the next call, up to
// *end. That is at most head, and `at` when nothing can be read.
static inline const struct rp_slots *rp_spill_reader_part(
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
        return rp_spill_reader_load(shm, source, at, head < to ? head : to,
                                    end);
    if (from < head)
        *end = from;
    return &source->slots;
}

// rp_source_take, wherever the event lies. 0: it cannot be read.
static inline unsigned rp_spill_reader_read(const struct rp_shm *shm,
                                            const struct rp_source *source,
                                            uint64_t at, uint64_t head,
                                            struct rp_record *record) {
    uint64_t end;
    const struct rp_slots *part =
        rp_spill_reader_part(shm, source, at, head, &end);

    unsigned slots = at < end ? rp_record_take(part, at, head, record) : 0;

    if (slots != 0)
        record->ticks = rp_sources_ticks(source->all, record->ticks);
    return slots;
}

// What lies before `tail` has been given back.
void rp_spill_reader_pass(const struct rp_shm *shm, struct rp_source *source,
                          uint64_t tail);

#endif
