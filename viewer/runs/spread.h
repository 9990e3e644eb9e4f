// spread.h - what several runs of one program say of a value.
//
// Runs of the same program differ: by how its threads met, by addresses. What
// two sides of several runs each differ by counts when it is more than twice
// the larger of the two spreads. Of three runs a side, of values that are one
// with some noise, one comparison of 170 differs by so much, one of 350
// upwards; of one run a side there is no spread, and every difference counts.
#ifndef RPSCOPE_RUNS_SPREAD_H
#define RPSCOPE_RUNS_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

enum { RUNS_MOST = 16 };

struct spread {
    double least, middle, most; // of an even number of runs the lower middle
};

// Of 1 .. RUNS_MOST values.
struct spread spread_of(const double *values, size_t count);

// How far the middle of the one may be from that of the other without telling
// anything. `factor`: what `before` is multiplied by.
double spread_doubt(const struct spread *before, double factor,
                    const struct spread *after);
// Whether the two differ beyond that.
bool spread_differs(const struct spread *before, const struct spread *after);

#endif
