// finish.h - the last blocks of a trace.
#ifndef RP_INSTRUMENT_WRITE_FINISH_H
#define RP_INSTRUMENT_WRITE_FINISH_H

#include "instrument/drain/drainer.h"

// Writes the counts about stacks, how the process ended, and the trailer.
void rp_ending_write(struct rp_drainer *drainer,
                     const struct rp_drainer_end *end);

// Says on stderr why the recording has ended before the program.
void rp_ending_complain(struct rp_drainer *drainer);

// Says on stderr that events were lost, if any were, and rpscope record is not
// there to say so.
void rp_ending_tell_lost(const struct rp_drainer *drainer);

#endif
