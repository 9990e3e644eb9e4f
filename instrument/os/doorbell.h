// doorbell.h - wakes the drainer, in this process or another.
//
// The word is 0 while the drainer sleeps. A ring that it misses does no harm:
// its sleep ends by its time.
#ifndef RP_INSTRUMENT_OS_DOORBELL_H
#define RP_INSTRUMENT_OS_DOORBELL_H

#include "core/base/atomic.h"
#include "instrument/os/system.h"

static inline void rp_doorbell_ring(_Atomic uint32_t *doorbell) {
    // relaxed, both: see above
    if (load_relaxed(doorbell) == 0 && swap_relaxed(doorbell, 1) == 0)
        rp_system_wake(doorbell);
}

#endif
