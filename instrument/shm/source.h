// source.h - a ring as the one who drains it knows it.
//
// The ring lies in memory that a program may have spoilt, so nothing in it is
// believed: where it lies and how large it is, is looked at once; each head
// that is read must be one that this ring can have; how far it is drained is
// kept here, and in the ring only told to the producer and to the next drainer.
// What cannot be true cuts the ring off: nothing more of it is recorded, its
// producer finds room, and all other rings are drained as before.
//
// Invariant: mark.tail <= head <= mark.tail + what ring and spill can hold;
//            slots.mask + 1 <= most, and so much of the file is the ring's.
// Progress:  wait-free.
#ifndef RP_INSTRUMENT_SHM_SOURCE_H
#define RP_INSTRUMENT_SHM_SOURCE_H

#include "instrument/shm/record.h"
#include "instrument/shm/shm.h"

enum { RP_SOURCES_MOST = 1 << 22, RP_SOURCES_PAGE = 1 << 10 };

struct rp_source {
    struct rp_ring *ring;
    struct rp_sources *all;
    struct rp_source *next; // older; NULL: there is none
    uint32_t number;        // the trace's name for it
    uint32_t index;         // how many were known before
    uint32_t most;          // slots that it has addresses for
    uint32_t prepared;      // slots that memory was asked for, once
    struct rp_slots slots;  // as of head
    uint64_t head;          // the last one read
    struct rp_ring_mark mark;
    uint64_t passed;     // of its spill
    uint64_t written_ns; // when a block was last written
    struct rp_ring_notes notes;
    bool is_cut;
    uint64_t gone;      // events not read since, at least
    bool gone_is_known; // there were some
};

// All rings of a process.
struct rp_sources {
    struct rp_source *newest;
    uint64_t newest_at;      // its offset
    uint32_t count;          // how many there are
    uint32_t cut;            // of them, cut off
    bool is_cut;             // the list is spoilt: there will be no new ones
    uint64_t spill_slots;    // that each may have outside of its memory
    uint64_t base;           // ticks at the start of the recording
    _Atomic uint64_t *clock; // the recording's, if that is coarse, or NULL
    uint64_t since;          // since then: no event that can be read is later
    bool is_over;            // the process is dead, and so that stays
    void *memory;            // that they lie in
    struct rp_source **by_number[RP_SOURCES_MOST / RP_SOURCES_PAGE];
};

// Before all else: at which ticks the recording began, and its clock.
void rp_sources_start(struct rp_sources *sources, uint64_t base,
                      _Atomic uint64_t *clock);
// Now, by the clock of the recording: no event published so far is later, and,
// but for those whose threads have their stamp and are about to publish them,
// none to come is earlier.
uint64_t rp_sources_now(const struct rp_sources *sources);
// The process is dead, and lived no longer than so many ticks.
void rp_sources_end(struct rp_sources *sources, uint64_t since);

// Looks for new rings at `newest`, an offset in the memory, 0: there are none;
// returns the newest that can be used. One that came later is met at the next
// call.
struct rp_source *rp_sources_look(struct rp_sources *sources,
                                  const struct rp_shm *shm, uint64_t newest);
// The ring of a number; NULL: there is none.
struct rp_source *rp_sources_find(const struct rp_sources *sources,
                                  uint32_t number);
void rp_sources_free(struct rp_sources *sources);

// Up to where there are slots now.
uint64_t rp_source_head(struct rp_source *source);

// Reserves memory in the file for a large ring that is about to need more.
void rp_source_prepare(struct rp_source *source, const struct rp_shm *shm,
                       int file);

// As rp_ring_give_back.
void rp_source_give_back(struct rp_source *source, uint64_t tail,
                         uint64_t sequence);

// What is in it cannot be true.
void rp_source_cut(struct rp_source *source);

// The moment of an event whose ticks stand in a ring. Where they cannot be, it
// is that of the start, so that the event stands beside the one before it.
static inline uint64_t rp_sources_ticks(const struct rp_sources *sources,
                                        uint64_t ticks) {
    return ticks - sources->base <= sources->since ? ticks : sources->base;
}

// rp_record_take out of the ring itself, with such a moment.
static inline unsigned rp_source_take(const struct rp_source *source,
                                      uint64_t at, uint64_t head,
                                      struct rp_record *record) {
    unsigned slots = rp_record_take(&source->slots, at, head, record);

    record->ticks = rp_sources_ticks(source->all, record->ticks);
    return slots;
}

// How many slots there may come to be before its producer has to wait.
static inline uint32_t rp_source_room(const struct rp_source *source) {
    // relaxed: for judging what is pending
    uint32_t room = load_relaxed(&source->ring->room);

    return room != 0 && room < source->most ? room : source->most;
}

#endif
