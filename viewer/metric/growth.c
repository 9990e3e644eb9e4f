// growth.c - does the program use more and more?
#include "viewer/metric/growth.h"

#include <math.h>
#include <stdlib.h>

enum {
    INSTANTS = 64,
    PAIRS = INSTANTS * (INSTANTS - 1) / 2,
    LEAST_BYTES = 1 << 20,
    LEAST_PART = 10, // of what was used at the start of the half
    LEAST_NS = 1000000000,
};

static int compare_slopes(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

bool growth_find(const struct timeline_point *points, size_t count,
                 struct growth *growth) {
    const struct timeline_point *instants[INSTANTS];
    double slopes[PAIRS];
    size_t half = count / 2, pairs = 0;

    if (half < INSTANTS)
        return false;
    for (size_t i = 0; i < INSTANTS; i++)
        instants[i] = &points[half + (half - 1) * i / (INSTANTS - 1)];
    const struct timeline_point *first = instants[0];
    const struct timeline_point *last = instants[INSTANTS - 1];
    if (last->time_ns - first->time_ns < LEAST_NS ||
        last->used_bytes < first->used_bytes + LEAST_BYTES ||
        last->used_bytes - first->used_bytes < first->used_bytes / LEAST_PART)
        return false;

    double rises = 0;
    for (size_t i = 0; i < INSTANTS; i++)
        for (size_t j = i + 1; j < INSTANTS; j++) {
            double bytes = (double)instants[j]->used_bytes -
                           (double)instants[i]->used_bytes;
            double ns = (double)(instants[j]->time_ns - instants[i]->time_ns);
            rises += (bytes > 0) - (bytes < 0);
            slopes[pairs++] = ns > 0 ? bytes / ns * 1e9 : 0;
        }
    const double n = INSTANTS;
    double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    if ((rises - 1) / deviation < 2.326) // one-sided, p < 0.01
        return false;
    qsort(slopes, pairs, sizeof *slopes, compare_slopes);
    *growth = (struct growth){slopes[pairs / 2], first->used_bytes,
                              last->used_bytes, last->time_ns - first->time_ns};
    return growth->bytes_per_second > 0;
}
