// classes.h - allocations, frees and live blocks of each size class.
#ifndef RPSCOPE_METRIC_CLASSES_H
#define RPSCOPE_METRIC_CLASSES_H

#include "viewer/metric/metric.h"

struct class_counts {
    uint64_t live, deferred, allocations, frees, peak_live;
};

enum { CLASSES = 256 };

struct classes {
    struct class_counts list[CLASSES];
    uint64_t deferred_frees;
};

extern const struct metric classes_metric;

#endif
