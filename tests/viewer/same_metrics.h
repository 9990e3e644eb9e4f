// same_metrics.h - two sets of metrics know the same.
#ifndef RPSCOPE_TESTS_SAME_METRICS_H
#define RPSCOPE_TESTS_SAME_METRICS_H

#include "viewer/metric/metrics.h"

// Both are settled. Fails the test where they differ; sums over time of real
// numbers may by their last bits.
void same_metrics(const struct metrics *a, const struct metrics *b);

#endif
