// control.h - how a recording begins and ends.
#ifndef RP_INSTRUMENT_CAPTURE_CONTROL_H
#define RP_INSTRUMENT_CAPTURE_CONTROL_H

#include "instrument/capture/producer.h"
#include "instrument/capture/recorder.h"

// Whether this process came from a fork of one that recorded: its heap has a
// past that the trace must begin with.
bool rp_control_inherits(void);

// The quick part, before any thread gets a ring: options, clock, tables. Takes
// no lock.
// false: nothing is to be recorded.
bool rp_control_prepare(struct rp_recorder *recorder);

// The slow part, when the caller's lane exists and is busy: the file and the
// drainer. false: nothing can be recorded, and the reason was said.
bool rp_control_open(struct rp_recorder *recorder);

// The first events: the files that are mapped.
void rp_control_begin(struct rp_recorder *recorder, struct rp_lane *lane);

// Asks the drainer, and waits until it is done, or for some seconds; of a
// moment, only while the one before it is not done, and for a second at most.
void rp_control_ask(struct rp_recorder *recorder, enum rp_command_kind kind);

// Ends the recording with a count by the allocator itself and waits until the
// trace is whole. Called by the library's destructor. Nothing happens when
// there is no recording.
void rp_control_stop(void);

#endif
