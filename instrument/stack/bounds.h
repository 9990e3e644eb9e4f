// bounds.h - how much of a thread's stack can be read.
//
// From the stack pointer upwards, page by page, as far as the system can read:
// so no wrong rule leads outside, whatever stack the thread is on, its own, one
// of a coroutine, or one for signals. A thread remembers the last few stacks
// that it was on.
//
// A range is asked for once; that it stays readable while the thread is on
// that stack, is what a stack is.
#ifndef RP_INSTRUMENT_STACK_BOUNDS_H
#define RP_INSTRUMENT_STACK_BOUNDS_H

#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>

enum { RP_BOUNDS_STACKS = 8 };

struct rp_range {
    uint64_t low, high; // readable: [low, high)
};

struct rp_bounds {
    struct rp_range now; // of the stack that the thread is on
    struct rp_range others[RP_BOUNDS_STACKS];
    uint32_t next; // of the others, to be forgotten
};

// Makes `now` hold the stack at sp, if it does not. false: it cannot be read.
bool rp_bounds_find(struct rp_bounds *bounds, uint64_t sp);
// Makes `now` reach up to `end`, if it can be read so far.
bool rp_bounds_extend(struct rp_bounds *bounds, uint64_t end);

// Fast path: one branch.
static inline bool rp_bounds_enter(struct rp_bounds *bounds, uint64_t sp) {
    return RP_LIKELY(sp - bounds->now.low <
                     bounds->now.high - bounds->now.low) ||
           rp_bounds_find(bounds, sp);
}

// Whether all from the entered sp up to `end` can be read. Fast path: one
// branch.
static inline bool rp_bounds_reach(struct rp_bounds *bounds, uint64_t end) {
    return RP_LIKELY(end <= bounds->now.high) || rp_bounds_extend(bounds, end);
}

#endif
