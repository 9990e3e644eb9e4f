// checking.h - whether blocks are checked in this process, and how: fulfils
// rp_is_checked of core/hook.h.
#ifndef RP_INSTRUMENT_OPTIONS_CHECKING_H
#define RP_INSTRUMENT_OPTIONS_CHECKING_H

#include "instrument/options/check_options.h"

// Constant once rp_is_checked() has said yes.
extern struct rp_check_options rp_checking
    __attribute__((visibility("hidden")));

// Whether blocks are as without checks but for the few that have pages of their
// own.
static inline bool rp_checking_samples(void) {
    const uint32_t few = RP_CHECK_PAGES | RP_CHECK_NO_ALLOC;

    return (rp_checking.kinds & ~few) == 0;
}

static inline bool rp_checking_has(enum rp_check_kind kind) {
    return (rp_checking.kinds & (uint32_t)kind) != 0;
}

#endif
