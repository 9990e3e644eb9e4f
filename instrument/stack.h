// stack.h - the call stack of an allocation, as a number.
#ifndef RP_STACK_H
#define RP_STACK_H

#include "instrument/lane.h"
#include "instrument/recorder.h"

// Learns where our own code is. Takes no lock. Before any capture.
void rp_stack_prepare(void);

// Readies the unwinder, which can take some time; it works without, too.
void rp_stack_start(void);

// Captures the callers of the malloc that is being recorded, innermost first,
// without the frames of this library. Returns the number of the row of return
// addresses in recorder->stacks; 0: none. *fresh: the row is new. Only on a
// thread's lane 0, entered by the caller. Keeps errno.
uint32_t rp_stack_capture(struct rp_recorder *recorder, struct rp_lane *lane,
                          bool *fresh);

#endif
