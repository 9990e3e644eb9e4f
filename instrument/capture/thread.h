// thread.h - which threads there are, and the rings they have.
#ifndef RP_INSTRUMENT_CAPTURE_THREAD_H
#define RP_INSTRUMENT_CAPTURE_THREAD_H

#include "instrument/capture/recorder.h"

// The state for the calling thread, with lane 0 ready and busy: one whose
// thread has died, or a new one. NULL: no memory.
struct rp_thread *rp_thread_claim(struct rp_recorder *recorder);

// Gives lane a ring if it has none, and makes it busy. false: no memory.
bool rp_thread_open_lane(struct rp_recorder *recorder, struct rp_lane *lane,
                         bool first);

static inline uint32_t rp_thread_id(uint64_t owner) {
    return (uint32_t)owner;
}

#endif
