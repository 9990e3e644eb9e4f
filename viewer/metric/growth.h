// growth.h - does the program use more and more?
#ifndef RPSCOPE_METRIC_GROWTH_H
#define RPSCOPE_METRIC_GROWTH_H

#include <stdbool.h>

#include "viewer/metric/timeline.h"

struct growth {
    double bytes_per_second; // the median of all slopes between two instants
    uint64_t from_bytes;     // used at the start of the time looked at
    uint64_t to_bytes;       // and at its end
    uint64_t ns;             // length of that time
};

// Looks at the last half of the timeline, at 64 instants. True when used bytes
// have a trend upwards that chance does not explain (Mann-Kendall, p < 0.01),
// and one that matters: at least a tenth, and 1 MiB, in at least a second.
bool growth_find(const struct timeline_point *points, size_t count,
                 struct growth *growth);

#endif
