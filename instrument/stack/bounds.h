// bounds.h - how much of the stack that a thread is on can be read.
//
// Of a thread's own stack, all between its outer end and the lowest place where
// the thread was seen: that cannot go while the thread lives, so it is asked
// for once. Any other stack, one of a coroutine or one for signals, may be
// unmapped and a smaller one come to its address, between two looks: so nothing
// is remembered of it, and each walk asks the system for the pages that it
// needs. So no wrong rule, and nothing that is left of a stack before, leads
// outside.
#ifndef RP_INSTRUMENT_STACK_BOUNDS_H
#define RP_INSTRUMENT_STACK_BOUNDS_H

#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>

// Zeroed at first.
struct rp_bounds {
    // The thread's own stack: [low, low + bytes) of it is known. While the
    // thread is on another one, bytes is 0.
    uint64_t low, bytes;
    uint64_t high; // of the stack that the thread is on, up to here

    uint64_t own_low, own_high; // as far as it is known; 0, 0: not at all
    uint64_t own_end;           // somewhere in its outermost page; 0: not known
    bool is_ready;              // own_end was asked for
    uint32_t failures;          // pages that were asked for in vain
};

// Nothing is known any more: the thread is another one.
void rp_bounds_forget(struct rp_bounds *bounds);

// The slow end of rp_bounds_enter.
bool rp_bounds_find(struct rp_bounds *bounds, uint64_t sp);
// The slow end of rp_bounds_reach.
bool rp_bounds_extend(struct rp_bounds *bounds, uint64_t end);

// The thread is at sp. false: there is nothing to be read. Fast path: one
// branch.
static inline bool rp_bounds_enter(struct rp_bounds *bounds, uint64_t sp) {
    return RP_LIKELY(sp - bounds->low < bounds->bytes) ||
           rp_bounds_find(bounds, sp);
}

// Whether all from the entered sp up to `end` can be read. Fast path: one
// branch.
static inline bool rp_bounds_reach(struct rp_bounds *bounds, uint64_t end) {
    return RP_LIKELY(end <= bounds->high) || rp_bounds_extend(bounds, end);
}

#endif
