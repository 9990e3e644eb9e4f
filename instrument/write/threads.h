// threads.h - what the trace tells of threads beside their events.
#ifndef RP_INSTRUMENT_WRITE_THREADS_H
#define RP_INSTRUMENT_WRITE_THREADS_H

#include "instrument/write/trace_writer.h"

// Tells how many events were lost since the last time, and with names, which
// threads have another name now.
void rp_threads_tell(struct rp_trace_writer *writer, bool names);

#endif
