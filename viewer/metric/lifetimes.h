// lifetimes.h - how long blocks lived, of each exact stack and of each size
// class.
//
// Lifetimes are counted in bins, each four times as wide as the one before, so
// that a free costs a count. Blocks that live yet are no part of it: who asks
// puts them in by their age (lifetimes_quantile). One that went while nobody
// looked has lived at least until it was seen last: where the pause began
// before the state that does not have it any more, or else at that state.
#ifndef RPSCOPE_METRIC_LIFETIMES_H
#define RPSCOPE_METRIC_LIFETIMES_H

#include "viewer/metric/classes.h"
#include "viewer/metric/metric.h"

enum { LIFETIME_BINS = 24 }; // the last has no end

struct lifetime_bins {
    uint32_t count[LIFETIME_BINS]; // stays at its highest value
};

struct lifetimes {
    struct pool *pool;
    struct lifetime_bins *stacks; // by index in stacks.list
    size_t count, capacity;
    uint64_t classes[CLASSES][LIFETIME_BINS];

    // The same of blocks that went or came unseen, by how long they lived at
    // least.
    struct lifetime_bins *unseen_stacks;
    size_t unseen_count, unseen_capacity;
    uint64_t unseen_classes[CLASSES][LIFETIME_BINS];
    uint64_t seen_until; // of the state that is told
    uint64_t paused_at;  // before it; UINT64_MAX: it was not
    // When states were told, in order: the birth of a block that was found in
    // one, and had come before.
    uint64_t *told;
    size_t told_count, told_capacity;
};

extern const struct metric lifetimes_metric;

// Of a lifetime, in steps: bin i is from 4^i on, the first from 0 on.
static inline unsigned lifetimes_bin(uint64_t steps) {
    unsigned bin = (63 - (unsigned)__builtin_clzll(steps | 1)) / 2;
    return bin < LIFETIME_BINS ? bin : LIFETIME_BINS - 1;
}

// The bins of a stack; NULL: none of its blocks was freed.
static inline const struct lifetime_bins *lifetimes_of(
    const struct lifetimes *lifetimes, size_t index) {
    return index < lifetimes->count ? &lifetimes->stacks[index] : NULL;
}

// The same of those that went unseen; NULL: none did.
static inline const struct lifetime_bins *lifetimes_unseen_of(
    const struct lifetimes *lifetimes, size_t index) {
    return index < lifetimes->unseen_count ? &lifetimes->unseen_stacks[index]
                                           : NULL;
}

// What of all blocks has died by which age: the lifetime, in steps, that
// `part` of them (0 .. 1) do not outlive, estimated as life tables are: those
// of `living` have lived so long at least, and how much longer is not known. In
// a bin, lifetimes are taken to be spread evenly by their logarithm. False:
// more than that outlive what was seen.
bool lifetimes_quantile(const struct lifetime_bins *died,
                        const struct lifetime_bins *living, double part,
                        double *steps);

#endif
