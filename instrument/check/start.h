// start.h - what checks need, made with the first block.
#ifndef RP_INSTRUMENT_CHECK_START_H
#define RP_INSTRUMENT_CHECK_START_H

#include "instrument/os/once.h"

// Before any other function of this room. Any thread; keeps errno. Ends the
// program when there is no memory for checks. Fast path: one branch.
extern struct rp_once rp_check_started;
void rp_check_start_anew(void);
static inline void rp_check_start(void) {
    // acquire [once]: what was made
    if (RP_UNLIKELY(load_acquire(&rp_check_started.state) != RP_ONCE_GOOD))
        rp_check_start_anew();
}

#endif
