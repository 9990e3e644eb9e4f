// series.h - what was live of each exact stack at up to 32 instants, evenly
// from the start to now: who grows, and how steadily?
//
// When the room for instants is full every second one goes, and from then on
// they are twice as far apart: so there are at least 16 of them, however long
// the recording, and they are the same however it is read.
#ifndef RPSCOPE_METRIC_SERIES_H
#define RPSCOPE_METRIC_SERIES_H

#include "viewer/metric/metric.h"

enum {
    SERIES_INSTANTS = 32,
    SERIES_FIRST_SHIFT = 20, // steps between the first instants: 1 << this
};

// One instant. Stacks that came later have no place in it.
struct series_instant {
    float *live; // bytes, by index in stacks.list
    size_t count;
};

struct series {
    struct pool *pool;
    struct series_instant instants[SERIES_INSTANTS];
    uint32_t count;
    uint32_t shift; // steps between two: 1 << shift
    uint64_t first; // steps since the start: of the first instant
};

extern const struct metric series_metric;

// Steps since the start of the i-th instant.
static inline uint64_t series_time(const struct series *series, uint32_t i) {
    return series->first + ((uint64_t)i << series->shift);
}

static inline double series_live(const struct series *series, uint32_t i,
                                 size_t stack) {
    const struct series_instant *instant = &series->instants[i];
    return stack < instant->count ? (double)instant->live[stack] : 0;
}

// A trend of values at evenly spaced instants.
struct trend {
    double slope;    // by instant: the median of those between any two
    double from, to; // the first value, and the last
};

// Whether the values rise, and chance does not explain it (Mann-Kendall, p <
// 0.01); count <= SERIES_INSTANTS, and of less than 8 nothing is said.
bool series_trend(const double *values, size_t count, struct trend *trend);

#endif
