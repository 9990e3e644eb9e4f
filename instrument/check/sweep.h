// sweep.h - looking at blocks that live, now and then and at the end.
#ifndef RP_INSTRUMENT_CHECK_SWEEP_H
#define RP_INSTRUMENT_CHECK_SWEEP_H

#include "instrument/check/thread.h"

// Looks at all blocks that the thread has made, whoever has them, which only it
// can take away.
void rp_sweep_own(struct rp_check_thread *thread);
// Looks at all blocks, and at those in the quarantine. call: when that is.
void rp_sweep_all(const char *call);

// The thread has made a block. It sweeps with every so many, and not more than
// one for each that it has made.
static inline void rp_sweep_count(struct rp_check_thread *thread) {
    if (RP_UNLIKELY(thread->until_sweep-- == 0))
        rp_sweep_own(thread);
}

#endif
