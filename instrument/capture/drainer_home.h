// drainer_home.h - where the drainer of this process is, and what if it dies.
#ifndef RP_INSTRUMENT_CAPTURE_DRAINER_HOME_H
#define RP_INSTRUMENT_CAPTURE_DRAINER_HOME_H

#include "instrument/capture/recorder.h"

// Whether the recording has a drainer, a process of its own, that could not
// open a file of this process.
bool rp_drainer_home_is_anothers(const struct rp_options *options);

// Hands rings without a path over to that process. Returns by what they are to
// be announced; 0: there is no such process, or it does not take them.
uint64_t rp_drainer_home_hand_over(const struct rp_options *options, int file);

// Finds a drainer for the rings: a process of its own, if one takes them, else
// a thread of this process. false: nothing can be recorded, and the reason was
// said.
bool rp_drainer_home_open(struct rp_recorder *recorder);

// When the drainer has not moved for a while: if it was a process and has died,
// one thread makes a thread of this process, which goes on with the trace.
// Keeps errno.
void rp_drainer_home_look_after(struct rp_recorder *recorder);

// Waits until the trace is whole, after the end was asked for; or, when the
// drainer does not move any more, for ten seconds.
void rp_drainer_home_wait(struct rp_recorder *recorder);

#endif
