// quarantine.c - see quarantine.h.
#include "instrument/check/quarantine.h"

#include "core/base/atomic.h"
#include "instrument/os/system.h"

struct rp_quarantine rp_quarantine;
uint64_t rp_quarantine_largest;

bool rp_quarantine_start(uint64_t limit) {
    rp_quarantine.most = limit;
    if (limit != 0)
        rp_quarantine.places = rp_system_map(
            RP_QUARANTINE_PLACES * sizeof *rp_quarantine.places, RP_MAP_KEPT);
    if (rp_quarantine.places != NULL)
        rp_quarantine_largest = limit / 4;
    return limit == 0 || rp_quarantine.places != NULL;
}

void *rp_quarantine_take(void) {
    // relaxed, all: counts; who takes a place has it alone
    while (rp_quarantine.places != NULL &&
           load_relaxed(&rp_quarantine.bytes) > rp_quarantine.most &&
           load_relaxed(&rp_quarantine.taken) <
               load_relaxed(&rp_quarantine.put)) {
        uint64_t place = add_relaxed(&rp_quarantine.taken, 1);
        // acq_rel [held]: as above
        void *pointer = swap_acq_rel(
            &rp_quarantine.places[place % RP_QUARANTINE_PLACES], NULL);
        if (pointer != NULL)
            return pointer;
    }
    return NULL;
}

bool rp_quarantine_remove(uint32_t place, void *pointer) {
    // acq_rel [held]: as above
    return cas_strong_acq_rel(&rp_quarantine.places[place], &pointer, NULL);
}
