// timeline.h - used and held bytes over time, in steps of equal length.
#ifndef RPSCOPE_METRIC_TIMELINE_H
#define RPSCOPE_METRIC_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "viewer/heap/moment.h"

struct model;

struct timeline_point {
    uint64_t time_ns; // end of the step
    uint64_t used_bytes;
    uint64_t held_bytes;
    uint64_t used_max; // within the step
    uint64_t held_max;
    uint64_t part_bytes[PARTS];
    uint64_t allocations; // within the step
};

// The steps that the model has gone through, to be freed.
struct timeline_point *timeline_points(const struct model *model,
                                       size_t *count);

#endif
