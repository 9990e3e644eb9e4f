// drainer_process.h - the drainer as a process of its own, for all processes of
// a recording.
#ifndef RP_INSTRUMENT_DRAIN_DRAINER_PROCESS_H
#define RP_INSTRUMENT_DRAIN_DRAINER_PROCESS_H

#include "instrument/drain/client.h"
#include "instrument/shm/registration.h"

// The body of that process: takes the rings that are announced and drains them
// until their processes have ended, however that was. Returns when the opener,
// `rpscope record`, is gone, or has been told that all is settled, and nothing
// is left to drain.
void rp_drainer_process_run(struct rp_registration *registration,
                            const struct rp_drainer_names *names);

#endif
