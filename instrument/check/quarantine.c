// quarantine.c - see quarantine.h.
#include "instrument/check/quarantine.h"

#include "core/base/atomic.h"
#include "instrument/os/system.h"

enum { PLACES = 1 << 18 };

static void *_Atomic *places;
uint64_t rp_quarantine_largest;
static uint64_t most;
static _Atomic uint64_t bytes_kept;
static _Atomic uint64_t put, taken; // how many, ever

bool rp_quarantine_start(uint64_t limit) {
    most = limit;
    if (limit != 0)
        places = rp_system_map(PLACES * sizeof *places, RP_MAP_KEPT);
    if (places != NULL)
        rp_quarantine_largest = limit / 4;
    return limit == 0 || places != NULL;
}

void *rp_quarantine_put(void *pointer, size_t bytes) {
    add_relaxed(&bytes_kept, bytes);       // relaxed: a count
    uint64_t place = add_relaxed(&put, 1); // relaxed: a number
    // acq_rel [held]: what was done to the block
    return swap_acq_rel(&places[place % PLACES], pointer);
}

void *rp_quarantine_take_oldest(void) {
    // relaxed, all: counts; who takes a place has it alone
    while (places != NULL && load_relaxed(&bytes_kept) > most &&
           load_relaxed(&taken) < load_relaxed(&put)) {
        uint64_t place = add_relaxed(&taken, 1);
        // acq_rel [held]: as above
        void *pointer = swap_acq_rel(&places[place % PLACES], NULL);
        if (pointer != NULL)
            return pointer;
    }
    return NULL;
}

void rp_quarantine_gone(size_t bytes) {
    sub_relaxed(&bytes_kept, bytes); // relaxed: a count
}

bool rp_quarantine_look(uint32_t place, void **pointer) {
    if (places == NULL || place >= PLACES || place >= load_relaxed(&put))
        return false;                        // relaxed: a number
    *pointer = load_acquire(&places[place]); // acquire [held]: as above
    return true;
}

bool rp_quarantine_remove(uint32_t place, void *pointer) {
    // acq_rel [held]: as above
    return cas_strong_acq_rel(&places[place], &pointer, NULL);
}
