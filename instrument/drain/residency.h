// residency.h - how much of the program's memory is really there.
#ifndef RP_INSTRUMENT_DRAIN_RESIDENCY_H
#define RP_INSTRUMENT_DRAIN_RESIDENCY_H

#include "instrument/write/trace_writer.h"

// Whether it is time for a sample; all: there will be no more. Counts as one.
// *last: when there was one, in ns.
bool rp_residency_is_due(const struct rp_trace_writer *writer, bool all,
                         uint64_t *last);

// Writes a sample of how much of each region is in memory, by what is settled;
// nothing, when the process has ended or its system does not tell.
void rp_residency_sample(struct rp_trace_writer *writer);

#endif
