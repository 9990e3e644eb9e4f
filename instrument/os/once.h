// once.h - what is made with the first call that needs it.
#ifndef RP_INSTRUMENT_OS_ONCE_H
#define RP_INSTRUMENT_OS_ONCE_H

#include <stdbool.h>
#include <stdint.h>

enum rp_once_state { RP_ONCE_NEW, RP_ONCE_BEGUN, RP_ONCE_GOOD, RP_ONCE_BAD };

struct rp_once {
    _Atomic uint32_t state; // enum rp_once_state
};

// Calls make() if nobody has; returns what it returned. Threads that come
// meanwhile wait, but not for ever: that one may be stopped, and a signal
// handler may have interrupted it. They get false. Keeps errno.
bool rp_once(struct rp_once *once, bool (*make)(void));

#endif
