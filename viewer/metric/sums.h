// sums.h - all held bytes by where they are, in sum, over time, at their most.
//
//   held = used + rounding + free in spans + deferred + overhead + empty
//        + thread caches + global cache + segment + slack
//
// Each part is counted from its own source, by what a change moves. Invariant:
// it is what recount.h counts from the spans and blocks alone.
#ifndef RPSCOPE_METRIC_SUMS_H
#define RPSCOPE_METRIC_SUMS_H

#include "viewer/metric/metric.h"
#include "viewer/metric/peaks.h"
#include "viewer/metric/timeline.h"

__extension__ typedef __int128 sums_wide;

// The integral of a sum over time is value * T - weighted, T in steps since
// the start: each change counts times its time.
struct sums_weighted {
    sums_wide parts[PARTS], held;
};

struct sums {
    struct instant now;
    bool telling;          // a state is being told: the sums are not true yet
    uint32_t under_way_of; // whose call now.under_way is for: the ring
    uint64_t segments;
    uint64_t reallocations;
    struct peaks peaks;
    struct timeline timeline;

    struct sums_weighted weighted;
    // Changes of blocks since `epoch`, times their time since then: not in
    // `weighted` yet, and 64 bits are enough. `base`: parts without them.
    uint64_t epoch;
    int64_t near[PARTS], base[PARTS];

    uint64_t checks, check_failures;
    int64_t worst_residual;
};

extern const struct metric sums_metric;

// Means over the time from the start to now.
double sums_mean_part(const struct sums *sums, enum part part);
double sums_mean_held(const struct sums *sums);
// The same between two moments of one recording, the earlier first.
double sums_mean_part_between(const struct sums *from, const struct sums *to,
                              enum part part);
double sums_mean_held_between(const struct sums *from, const struct sums *to);

// Compares with a count of the heap's spans (of its blocks, too, with
// `blocks`), and held with the sum of the parts; counts failures. After settle.
void sums_check(struct sums *sums, const struct heap *heap, bool blocks);

#endif
