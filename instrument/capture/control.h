// control.h - what is asked of a recording, and its end.
#ifndef RP_INSTRUMENT_CAPTURE_CONTROL_H
#define RP_INSTRUMENT_CAPTURE_CONTROL_H

#include "instrument/capture/recorder.h"
#include "instrument/shm/command.h"

// Asks the drainer, and waits until it is done, or for some seconds; of a
// moment, only while the one before it is not done, and for a second at most.
void rp_control_ask(struct rp_recorder *recorder, enum rp_command_kind kind);

// Ends the recording with a count by the allocator itself and waits until the
// trace is whole. Called by the library's destructor. Nothing happens when
// there is no recording.
void rp_control_stop(void);

#endif
