// sampler.h - which allocations are told in full, when not all are.
//
// Points lie at random on the line of all bytes that a thread has asked for,
// `mean` bytes apart on average and independent of one another (a Poisson
// process). An allocation is taken when there is a point in its bytes: one of
// s bytes with the chance 1 - exp(-s / mean). So the sum of s / (1 - exp(-s /
// mean)) over the taken ones is an estimate without bias of the bytes of all.
#ifndef RP_INSTRUMENT_STACK_SAMPLER_H
#define RP_INSTRUMENT_STACK_SAMPLER_H

#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>

struct rp_sampler {
    uint64_t random; // 0: not begun
    int64_t left;    // bytes up to the next point
};

// A distance between two points, from a random number: mean * -ln(u), where u
// is (random + 1) / 2^64. mean: 1 .. 2^40.
uint64_t rp_sampler_distance(uint64_t random, uint64_t mean);

// Goes to the next point.
bool rp_sampler_next(struct rp_sampler *sampler, uint64_t mean);

// Whether an allocation of `bytes` is taken. Fast path: one branch.
static inline bool rp_sampler_take(struct rp_sampler *sampler, uint64_t mean,
                                   uint64_t bytes) {
    sampler->left -= (int64_t)bytes;
    return RP_UNLIKELY(sampler->left < 0) && rp_sampler_next(sampler, mean);
}

#endif
