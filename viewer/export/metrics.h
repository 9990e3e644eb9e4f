// metrics.h - what of a stack is exported: bytes or counts, by name.
#ifndef RPSCOPE_EXPORT_METRICS_H
#define RPSCOPE_EXPORT_METRICS_H

#include <stdio.h>

#include "viewer/answer/answer.h"

struct export_metric {
    const char *key; // as in the tables
    const char *unit;
    size_t offset; // in struct answer_counts, of a uint64_t
};

#define EXPORT_METRIC_WORDS                                                    \
    "live_bytes|live_blocks|allocated_bytes|allocations|at_peak_used_bytes|"   \
    "rounding_bytes|share_bytes|alone_bytes|temporary"

extern const struct export_metric export_metrics[];
extern const size_t export_metric_count;

// The metric with this key; NULL: the first, live_bytes.
const struct export_metric *export_metric(const char *key);

static inline uint64_t export_value(const struct answer_counts *counts,
                                    const struct export_metric *metric) {
    return *(const uint64_t *)((const char *)counts + metric->offset);
}

#endif
