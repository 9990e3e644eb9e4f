// finish.h - the last blocks of a trace.
#ifndef RP_INSTRUMENT_WRITE_FINISH_H
#define RP_INSTRUMENT_WRITE_FINISH_H

#include "instrument/write/trace_writer.h"

// How a recording ended, beyond what the trailer can say.
struct rp_trace_end {
    uint32_t exit_kind; // enum trace_exit_kind
    int status;         // exit code or signal number; -1: not known
};

// Writes the counts about stacks, how the process ended, and the trailer.
void rp_finish_write(struct rp_trace_writer *writer,
                     const struct rp_trace_end *end);

// Says on stderr why the recording has ended before the program.
void rp_finish_complain(const struct rp_trace_writer *writer);

// Says on stderr that events were lost, if any were, and rpscope record is not
// there to say so.
void rp_finish_tell_lost(const struct rp_trace_writer *writer);

#endif
