// once.h - what is made with the first call that needs it.
#ifndef RP_INSTRUMENT_OS_ONCE_H
#define RP_INSTRUMENT_OS_ONCE_H

#include "core/base/atomic.h"
#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>

enum rp_once_state { RP_ONCE_NEW, RP_ONCE_BEGUN, RP_ONCE_GOOD, RP_ONCE_BAD };

struct rp_once {
    _Atomic uint32_t state; // enum rp_once_state
};

// Calls make() if nobody has; returns what it returned. Threads that come
// meanwhile wait, but not for ever: that one may be stopped, and a signal
// handler may have interrupted it. They get false. Keeps errno. Fast path: one
// branch when it was made.
bool rp_once_settle(struct rp_once *once, bool (*make)(void));
static inline bool rp_once(struct rp_once *once, bool (*make)(void)) {
    // acquire [once]: what it has made
    return RP_LIKELY(load_acquire(&once->state) == RP_ONCE_GOOD) ||
           rp_once_settle(once, make);
}

#endif
