// producer.h - the way of a thread's events into its rings.
//
// A thread has a few lanes, each with a ring. Events go through lane 0. While
// it is busy with one event, another may come: from a signal handler, or from
// something that the recorder itself has called and that allocates. That one
// goes through the next lane that is not busy. The gate says which is which;
// it is read and written by its own thread alone.
//
// Invariant: between rp_lane_enter and rp_lane_leave the lane is the caller's.
// Progress:  wait-free while there is room in the ring. Without room, waits
//            for the drainer as long as that works; it waits for nobody.
#ifndef RP_INSTRUMENT_CAPTURE_PRODUCER_H
#define RP_INSTRUMENT_CAPTURE_PRODUCER_H

#include "instrument/options/options.h"
#include "instrument/shm/ring.h"

enum rp_gate {
    RP_GATE_NONE, // no ring; what a forked child finds
    RP_GATE_OPEN,
    RP_GATE_BUSY,
    RP_GATE_OFF, // nothing is recorded
};

// All of it is the thread's own.
struct rp_lane {
    _Atomic(uint32_t) gate; // enum rp_gate
    struct rp_producer producer;
    struct rp_thread *thread;
};

enum { RP_LANES = 4 };

// What the recorder knows of a thread. All of it is zeroed in a forked child.
struct rp_thread {
    struct rp_lane lanes[RP_LANES];
    _Atomic(struct rp_thread *) next; // in the list of all, which only grows

    // Who has it: the id of a thread (0: nobody) and a count of its owners.
    _Atomic uint64_t owner;

    // The thread's own.
    struct rp_recorder *recorder;
    bool ended;           // THREAD_END was the last word
    bool has_stacks;      // its allocations have
    struct rp_walk *walk; // of its stack; NULL before the first one
};

extern _Thread_local struct rp_lane *rp_lane_mine;

// Finds or makes a lane for the calling thread; starts the recorder when this
// is the first event of the process. NULL: nothing is recorded. Keeps errno.
struct rp_lane *rp_lane_enter_slow(void);

// Whether the process was forked from one that recorded, and has not begun a
// recording of its own.
bool rp_lane_inherits(void);

// Fast path: two branches, no atomic, no call.
static inline struct rp_lane *rp_lane_enter(void) {
    struct rp_lane *lane = rp_lane_mine;

    // relaxed, all of them: the thread's own word.
    uint32_t gate = load_relaxed(&lane->gate);

    if (__builtin_expect(gate == RP_GATE_OPEN, 1)) {
        store_relaxed(&lane->gate, RP_GATE_BUSY);
        fence_signal(); // a handler sees it busy
        return lane;
    }
    return gate == RP_GATE_OFF ? NULL : rp_lane_enter_slow();
}

static inline void rp_lane_leave(struct rp_lane *lane) {
    fence_signal(); // a handler sees it done
    // release [left]: all that the thread did with its state; for the next one
    store_release(&lane->gate, RP_GATE_OPEN);
}

// Counts an event of the thread that found no way.
void rp_lane_lose(const struct rp_thread *thread);

// Tells who the thread is, through its lane. And the id that it tells.
void rp_lane_announce(struct rp_lane *lane);
uint32_t rp_lane_thread_id(const struct rp_lane *lane);

// Waits for room. false: the event is lost, and counted. Keeps errno.
bool rp_lane_wait(struct rp_lane *lane, unsigned slots);

// Fast path: no atomic, no call.
static inline bool rp_lane_room(struct rp_lane *lane, unsigned slots) {
    return __builtin_expect(rp_producer_has_room(&lane->producer, slots), 1) ||
           rp_lane_wait(lane, slots);
}

#endif
