// peaks.h - the instants when most was used, and when most was held.
#ifndef RPSCOPE_METRIC_PEAKS_H
#define RPSCOPE_METRIC_PEAKS_H

#include "viewer/metric/instant.h"

struct peaks {
    struct instant used, held;
};

// After each event. Of instants that hold the same, the one that uses most.
static inline void peaks_see(struct peaks *peaks, const struct instant *now) {
    int64_t used = now->parts[PART_USED];
    if (used > peaks->used.parts[PART_USED])
        peaks->used = *now;
    if (now->held >= peaks->held.held &&
        (now->held > peaks->held.held || used > peaks->held.parts[PART_USED]))
        peaks->held = *now;
}

#endif
