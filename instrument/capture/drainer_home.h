// drainer_home.h - where the drainer of this process is, and what if it dies.
#ifndef RP_INSTRUMENT_CAPTURE_DRAINER_HOME_H
#define RP_INSTRUMENT_CAPTURE_DRAINER_HOME_H

#include "instrument/capture/recorder.h"

// Finds a drainer for the rings: one outside, if there is a desk that takes
// them, else a thread of this process. false: nothing can be recorded, and the
// reason was said.
bool rp_home_open(struct rp_recorder *recorder);

// When the drainer has not moved for a while: if it was outside and has died,
// one thread makes another one inside, which goes on with the trace. Keeps
// errno.
void rp_home_look_after(struct rp_recorder *recorder);

// Waits until the trace is whole, after the end was asked for; or, when the
// drainer outside does not move any more, for ten seconds.
void rp_home_wait(struct rp_recorder *recorder);

#endif
