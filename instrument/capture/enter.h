// enter.h - where an event begins: the producer that it goes through.
//
// With the first event of a process the recording begins, with the first of a
// thread it gets its rings, and tells who it is.
#ifndef RP_INSTRUMENT_CAPTURE_ENTER_H
#define RP_INSTRUMENT_CAPTURE_ENTER_H

#include "instrument/capture/producer.h"

// Finds or makes a producer for the calling thread; starts the recorder when
// this is the first event of the process. NULL: nothing is recorded. Keeps
// errno.
struct rp_producer *rp_enter_slow(void);

// Whether the process was forked from one that recorded, and has not begun a
// recording of its own.
bool rp_enter_inherits(void);

// Tells who the thread is.
void rp_enter_announce(struct rp_producer *producer);

// The producer, taken; NULL: as above. Fast path: two branches, no atomic, no
// call.
static inline struct rp_producer *rp_enter(void) {
    struct rp_producer *producer = rp_producer_mine;

    if (RP_LIKELY(rp_producer_take(producer)))
        return producer;
    return rp_producer_is_off(producer) ? NULL : rp_enter_slow();
}

#endif
