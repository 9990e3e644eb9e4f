// thread.h - which threads there are, and the rings they have.
//
// A thread has a few producers, each with a ring of its own. Its events go
// through the first. While that is busy with one event, another may come: from
// a signal handler, or from something that the recorder itself has called and
// that allocates. That one goes through the next producer that is not busy. The
// gate says which is which; it is read and written by its own thread alone. To
// take what is open it is counted down, and up again when it was not open.
#ifndef RP_INSTRUMENT_CAPTURE_THREAD_H
#define RP_INSTRUMENT_CAPTURE_THREAD_H

#include "instrument/capture/recorder.h"
#include "instrument/shm/ring.h"

enum rp_gate {
    RP_GATE_SHUT, // busy, or without a ring, as a forked child finds it
    RP_GATE_OPEN,
    RP_GATE_OFF = 1 << 16, // nothing is recorded
};

// All of it is the thread's own.
struct rp_producer {
    _Atomic(uint32_t) gate; // enum rp_gate
    bool has_stacks;        // allocations that go this way have
    bool is_slow;           // malloc is not to be told in the fast way
    uint64_t stackless;     // side.contiguous, or 0 if it is slow
    uint64_t coarse; // the same with a coarse clock, for which the others are 0
    struct rp_ring_producer side; // its side of the ring
    struct rp_thread *thread;
    uint32_t tag; // of blocks, as it was last told in this ring
};

static inline bool rp_producer_has_ring(const struct rp_producer *producer) {
    return producer->side.ring != NULL;
}

enum { RP_PRODUCERS = 4 };

// What the recorder knows of a thread. All of it is zeroed in a forked child.
struct rp_thread {
    struct rp_producer producers[RP_PRODUCERS];
    _Atomic(struct rp_thread *) next; // in the list of all, which only grows

    // Who has it: the id of a thread (0: nobody) and a count of its owners.
    _Atomic uint64_t owner;

    // The thread's own.
    struct rp_recorder *recorder;
    bool ended;           // THREAD_END was the last word
    uint32_t tag;         // its innermost one; 0: none
    uint32_t free_every;  // one in so many of its frees has a stack; 0: none
    uint32_t until_free;  // how many there are up to the next
    struct rp_walk *walk; // of its stack; NULL before the first one
    struct rp_walk *room; // for that, behind this; NULL: there are no stacks
};

// The state for the calling thread, with its first producer ready and busy: one
// whose thread has died, or a new one. NULL: no memory.
struct rp_thread *rp_thread_claim(struct rp_recorder *recorder);

// Gives the producer a ring if it has none, and makes it busy. first: it is the
// thread's first one. false: no memory.
bool rp_thread_open_ring(struct rp_recorder *recorder,
                         struct rp_producer *producer, bool first);

// The id of the thread that has it.
static inline uint32_t rp_thread_id(const struct rp_thread *thread) {
    return (uint32_t)load_relaxed(&thread->owner); // relaxed: my own
}

#endif
