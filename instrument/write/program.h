// program.h - what the trace is to tell of the program, its layout and its
// classes.
#ifndef RP_INSTRUMENT_WRITE_PROGRAM_H
#define RP_INSTRUMENT_WRITE_PROGRAM_H

#include "instrument/options/options.h"
#include "instrument/shm/shared.h"

// Puts it into the shared memory, for the drainer to write. By the program,
// since only it can tell; starter: the thread with the first event. false: no
// memory.
bool rp_program_describe(struct rp_shm *shm, const struct rp_options *options,
                         uint32_t starter, uint32_t forked_from, uint32_t fork);

#endif
