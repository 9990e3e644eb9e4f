// producer.h - an event's way into a ring of its thread.
//
// Invariant: between rp_producer_take and rp_producer_leave the producer is the
//            caller's.
// Progress:  wait-free while there is room in the ring. Without room, waits
//            for the drainer as long as that works; it waits for nobody.
#ifndef RP_INSTRUMENT_CAPTURE_PRODUCER_H
#define RP_INSTRUMENT_CAPTURE_PRODUCER_H

#include "instrument/capture/thread.h"

// The first one of the calling thread; or one that stands for none, whose gate
// says why.
extern _Thread_local struct rp_producer *rp_producer_mine;

// Of one whose gate is open.
static inline void rp_producer_take(struct rp_producer *producer) {
    store_relaxed(&producer->gate, RP_GATE_BUSY); // relaxed: our own word
    fence_signal();                               // a handler sees it busy
}

static inline void rp_producer_leave(struct rp_producer *producer) {
    fence_signal(); // a handler sees it done
    // release [left]: all that the thread did with its state; for the next one
    store_release(&producer->gate, RP_GATE_OPEN);
}

// In the middle of an event: takes the thread's next one that is not busy.
// NULL: there is none, and the event is counted as lost.
struct rp_producer *rp_producer_take_nested(struct rp_thread *thread);

// Nothing is recorded on the calling thread from now on.
void rp_producer_turn_off(void);

// Waits for room. false: the event is lost, and counted. Keeps errno.
bool rp_producer_wait(struct rp_producer *producer, unsigned slots);

// Fast path: no atomic, no call.
static inline bool rp_producer_room(struct rp_producer *producer,
                                    unsigned slots) {
    return __builtin_expect(rp_ring_producer_has_room(&producer->side, slots),
                            1) ||
           rp_producer_wait(producer, slots);
}

#endif
