// quarantine.h - freed blocks that are not used again for a while.
//
// A ring of places. Who frees a block exchanges it for what was in the next
// place, and takes more out of the oldest ones while there are too many bytes.
// Each exchange hands a block to one thread alone, whatever others do
// meanwhile, so nothing waits: progress is wait-free. A block that a slow
// thread puts behind the oldest one stays a lap longer.
#ifndef RP_INSTRUMENT_CHECK_QUARANTINE_H
#define RP_INSTRUMENT_CHECK_QUARANTINE_H

#include "core/base/atomic.h"
#include "core/base/bits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RP_QUARANTINE_PLACES = 1 << 18 };

extern struct rp_quarantine {
    void *_Atomic *places; // NULL: nothing is kept
    uint64_t most;         // bytes
    _Atomic uint64_t bytes;
    _Atomic uint64_t put, taken; // how many, ever
} rp_quarantine __attribute__((visibility("hidden")));

// false: no memory, and nothing is kept. limit: bytes; 0: nothing is kept.
bool rp_quarantine_start(uint64_t limit);
// The largest block that is kept, guards included: a quarter of all; 0: none
// is.
extern uint64_t rp_quarantine_largest __attribute__((visibility("hidden")));

// Keeps the program's pointer of a block of so many bytes. Returns one that is
// to go now, or NULL.
static inline void *rp_quarantine_put(void *pointer, size_t bytes) {
    add_relaxed(&rp_quarantine.bytes, bytes);            // relaxed: a count
    uint64_t place = add_relaxed(&rp_quarantine.put, 1); // relaxed: a number
    // acq_rel [held]: what was done to the block
    return swap_acq_rel(&rp_quarantine.places[place % RP_QUARANTINE_PLACES],
                        pointer);
}
// One that is to go since there are too many bytes, or NULL. Who gets one tells
// its bytes by rp_quarantine_gone.
static inline bool rp_quarantine_has_too_much(void) {
    // relaxed: a count
    return load_relaxed(&rp_quarantine.bytes) > rp_quarantine.most;
}
void *rp_quarantine_take(void);
static inline void *rp_quarantine_take_oldest(void) {
    return rp_quarantine_has_too_much() ? rp_quarantine_take() : NULL;
}
static inline void rp_quarantine_gone(size_t bytes) {
    sub_relaxed(&rp_quarantine.bytes, bytes); // relaxed: a count
}

// How many places have been used, from 0 on.
static inline uint32_t rp_quarantine_places(void) {
    uint64_t put = load_relaxed(&rp_quarantine.put); // relaxed: a number

    return put < RP_QUARANTINE_PLACES ? (uint32_t)put : RP_QUARANTINE_PLACES;
}
// What lies in one of these; NULL: nothing.
static inline void *rp_quarantine_look(uint32_t place) {
    return load_acquire(
        &rp_quarantine.places[place]); // acquire [held]: as above
}
// Takes that out, if it is still there.
bool rp_quarantine_remove(uint32_t place, void *pointer);

#endif
