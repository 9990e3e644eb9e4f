// start.h - what checks need, made with the first block.
#ifndef RP_INSTRUMENT_CHECK_START_H
#define RP_INSTRUMENT_CHECK_START_H

#include "instrument/os/once.h"

#include <stdbool.h>

// Whether small blocks go the short way (small.c): they are filled and have
// guards, and the time is at hand.
extern _Atomic(_Bool) rp_check_has_short __attribute__((visibility("hidden")));
static inline bool rp_check_is_short(void) {
    return RP_LIKELY(load_acquire(&rp_check_has_short)); // acquire [short]: how
}

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
