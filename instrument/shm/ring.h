// ring.h - a ring of slots with one producer and one consumer.
//
//      tail            head
//       v               v
//   ----[###############]---------   # published, not yet given back
//
// The producer writes slots at head and beyond, then publishes them by moving
// head. The consumer reads between tail and head, and moves tail only when
// what it has read is in the file. Both count slots since the beginning and
// never wrap; a slot's place is its number modulo the capacity. Everything is
// in one mapping and nothing in it is an address, so that another process can
// consume, and another one after that when it dies: beside the tail stands how
// many events came before it. As two words cannot be changed at once, there
// are two such marks, and `mark` says which one holds.
//
// A ring begins with little memory. Where it comes to the end of its slots, the
// producer may double the capacity, up to the most that there is: it does so
// only with head at an odd multiple of the capacity, and no slot before the
// even multiple below it in use. So each slot in use keeps its place, and the
// consumer sees the new capacity with the first head that lies beyond. Up to
// what it aims at, a ring grows in any case. Further it does when more than a
// quarter of it is in use there: when the consumer has not kept up, or keeps
// what is wanted later; so it becomes at most eight times as large as what is
// in it. For a large one the consumer, which is woken in time, has prepared the
// memory, unless it is late.
//
// Invariant: tail <= head <= tail + capacity; tail <= the mark's tail;
//            capacity <= room <= most; a growing ring's room is its aim.
// Progress:  publishing is wait-free. A producer without room waits for the
//            consumer; the consumer waits for nobody.
#ifndef RP_INSTRUMENT_SHM_RING_H
#define RP_INSTRUMENT_SHM_RING_H

#include "core/base/atomic.h"
#include "core/base/bits.h"
#include "instrument/shm/notes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rp_slot {
    uint64_t word[2];
};

// Where slots are to be read: number n at n modulo a power of two.
struct rp_slots {
    const struct rp_slot *slots;
    uint64_t mask;
};

struct rp_ring_mark {
    uint64_t tail;     // slots
    uint64_t sequence; // events
};

struct rp_ring {
    // Set when made; the last two change while it grows. The consumer looks at
    // them for each event: so they are not on the producer's line.
    uint32_t number; // the trace's name for the ring
    uint64_t next;   // in the list of all: an offset in the memory, 0: none
    _Atomic uint32_t capacity; // slots, a power of two
    _Atomic uint32_t room;     // what it is about to become; see above
    uint32_t most;             // that there are addresses for
    _Atomic uint32_t prepared; // by the consumer: slots that have memory

    // The producer's line. Who it is (0: not told) and how many events found
    // no room are told by it, but seldom.
    _Alignas(64) _Atomic uint64_t head;
    _Atomic uint64_t lost;
    _Atomic uint32_t thread;
    // Slots that lie elsewhere, and where; see spill.h.
    struct {
        _Alignas(64) _Atomic uint64_t from;
        _Atomic uint64_t written, to;
        _Atomic uint64_t passed; // the consumer's
        uint64_t stage;          // its offset in the memory, 0: there is none
        uint32_t region;
    } spill;

    // The consumer's line; `hungry` is set by a producer that waits.
    _Alignas(64) _Atomic uint64_t tail;
    _Atomic uint32_t hungry;
    _Atomic uint32_t mark; // which of the two holds
    struct rp_ring_mark marks[2];

    uint64_t told_lost; // of `lost`, in the trace

    _Alignas(64) struct rp_slot slots[];
};

// The producer's own view; only the producer touches it.
struct rp_ring_producer {
    struct rp_slot *slots;
    uint64_t mask;
    uint64_t head;  // the ring's
    uint64_t limit; // head may go up to here before tail is looked at again
    // Up to `contiguous`, which is at most the limit, slot number n lies n
    // slots behind `origin`, whatever the mask; 0: that is not known.
    uint64_t contiguous;
    uintptr_t origin;
    struct rp_ring *ring;
    // Its spill, until the consumer has read that.
    struct {
        bool is_on;
        uint64_t window, waited; // in ns: since when, and how long
    } spill;
};

static inline size_t rp_ring_bytes(uint32_t slots) {
    return sizeof(struct rp_ring) + slots * sizeof(struct rp_slot);
}

// From so many slots on, a ring grows only when it has to.
enum { RP_RING_LARGE = 1 << 18 };

// Makes a ring in zeroed address space of rp_ring_bytes(most), of which
// rp_ring_bytes(capacity) have memory. Both: powers of two.
struct rp_ring *rp_ring_make(void *memory, uint32_t capacity, uint32_t most,
                             uint32_t number);

// Before anybody knows of it: it grows to so many slots in any case, and
// further only when it has to. slots: a power of two, at most its most.
void rp_ring_aim(struct rp_ring *ring, uint32_t slots);

// How many slots there may come to be before a producer has to wait.
static inline uint32_t rp_ring_room(const struct rp_ring *ring) {
    return load_relaxed(&ring->room); // relaxed: for judging what is pending
}

// ---- the producer ----

void rp_ring_producer_start(struct rp_ring_producer *producer,
                            struct rp_ring *ring);

// Fast path: no atomic.
static inline bool rp_ring_producer_has_room(
    const struct rp_ring_producer *producer, unsigned slots) {
    return producer->head + slots <= producer->limit;
}

// Whether slots from `head` up to `end` are known to be free and in a row, and
// where the first one is. Fast path: no atomic.
static inline bool rp_ring_producer_has_row(
    const struct rp_ring_producer *producer, uint64_t end) {
    return RP_LIKELY(end <= producer->contiguous);
}
static inline struct rp_slot *rp_ring_producer_row(
    const struct rp_ring_producer *producer, uint64_t head) {
    return (struct rp_slot *)(producer->origin + head * sizeof(struct rp_slot));
}

// Finds out how many there are in a row.
void rp_ring_producer_line_up(struct rp_ring_producer *producer);

// Looks at tail again, and grows. The limit is drawn so that the fast path
// comes back here when the ring is half full. Returns whether there is room.
bool rp_ring_producer_refresh(struct rp_ring_producer *producer,
                              unsigned slots);
// Whether so much is published and not given back that the consumer is needed.
bool rp_ring_producer_half_full(const struct rp_ring_producer *producer);

// The i-th slot that is not published yet. There must be room.
static inline struct rp_slot *rp_ring_producer_slot(
    struct rp_ring_producer *producer, unsigned i) {
    return &producer->slots[(producer->head + i) & producer->mask];
}

// Publishes the slots before `head`. Fast path: one release store.
static inline void rp_ring_producer_publish_to(
    struct rp_ring_producer *producer, uint64_t head) {
    producer->head = head;
    // release [ring]: the slots
    store_release(&producer->ring->head, head);
}
static inline void rp_ring_producer_publish(struct rp_ring_producer *producer,
                                            unsigned slots) {
    rp_ring_producer_publish_to(producer, producer->head + slots);
}

// Sleeps until the consumer has given something back, or `ns` have passed.
void rp_ring_producer_wait(struct rp_ring_producer *producer, uint64_t ns);

// ---- the consumer ----

static inline uint64_t rp_ring_head(const struct rp_ring *ring) {
    return load_acquire(&ring->head); // acquire [ring]: the slots
}
static inline struct rp_slots rp_ring_slots(const struct rp_ring *ring) {
    // relaxed: stored before the head that lies beyond the old one, by [ring]
    return (struct rp_slots){ring->slots, load_relaxed(&ring->capacity) - 1};
}
static inline const struct rp_slot *rp_slot_at(const struct rp_slots *slots,
                                               uint64_t number) {
    return &slots->slots[number & slots->mask];
}
// Up to where, and how many events before that.
static inline struct rp_ring_mark rp_ring_mark(const struct rp_ring *ring) {
    return ring->marks[load_acquire(&ring->mark) & 1]; // acquire [mark]: it
}
// Tells the producer that there is memory for so many slots.
static inline void rp_ring_prepare(struct rp_ring *ring, uint32_t slots) {
    store_relaxed(&ring->prepared, slots); // relaxed: memory is there for all
}
// tail: what was read and needs not be kept; at most head. sequence: how many
// events that is since the beginning.
void rp_ring_give_back(struct rp_ring *ring, uint64_t tail, uint64_t sequence);

#endif
