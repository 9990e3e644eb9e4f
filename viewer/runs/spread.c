// spread.c - what several runs of one program say of a value.
#include "viewer/runs/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES_SPREAD = 2 };

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread spread_of(const double *values, size_t count) {
    double sorted[RUNS_MOST];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    return (struct spread){sorted[0], sorted[(count - 1) / 2],
                           sorted[count - 1]};
}

double spread_doubt(const struct spread *before, double factor,
                    const struct spread *after) {
    double one = fabs(factor) * (before->most - before->least);
    double other = after->most - after->least;
    return TIMES_SPREAD * (one > other ? one : other);
}

bool spread_differs(const struct spread *before, const struct spread *after) {
    return fabs(after->middle - before->middle) >
           spread_doubt(before, 1, after);
}
