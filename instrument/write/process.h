// process.h - what the trace tells of the program, its layout and its classes.
#ifndef RP_INSTRUMENT_WRITE_PROCESS_H
#define RP_INSTRUMENT_WRITE_PROCESS_H

#include "instrument/options/options.h"
#include "instrument/shm/shared.h"

// Puts them into the shared memory, for the drainer to write. By the program,
// since only it can tell. false: no memory.
bool rp_facts_put(struct rp_shm *shm, const struct rp_options *options);

#endif
