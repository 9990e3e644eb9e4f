// commands.h - what is asked of the drainer while it is at work.
#ifndef RP_INSTRUMENT_DRAIN_COMMANDS_H
#define RP_INSTRUMENT_DRAIN_COMMANDS_H

#include "instrument/drain/deferred_start.h"
#include "instrument/write/trace_writer.h"

// Does what is asked, if anything is. Returns whether the recording is to end:
// then that is done when the trace is whole.
bool rp_commands_obey(struct rp_trace_writer *writer,
                      struct rp_deferred_start *start);

#endif
