// once.c - see once.h.
#include "instrument/os/once.h"

#include "instrument/os/system.h"

#include <errno.h>

enum { WAIT_NS = 1000000, WAITS = 2000 };

bool rp_once_settle(struct rp_once *once, bool (*make)(void)) {
    uint32_t state = load_acquire(&once->state); // acquire [once]: as below
    int saved = errno;

    if (state == RP_ONCE_BAD)
        return false;
    state = RP_ONCE_NEW;
    // acq_rel [once]: what it has made
    if (cas_strong_acq_rel(&once->state, &state, RP_ONCE_BEGUN)) {
        state = make() ? RP_ONCE_GOOD : RP_ONCE_BAD;
        store_release(&once->state, state); // release [once]: what it has made
        rp_system_wake(&once->state);
    }
    for (int i = 0; i < WAITS && state == RP_ONCE_BEGUN; i++) {
        rp_system_wait(&once->state, RP_ONCE_BEGUN, WAIT_NS);
        state = load_acquire(&once->state); // acquire [once]: as above
    }
    errno = saved;
    return state == RP_ONCE_GOOD;
}
