// timeline.h - used and held bytes over time, in steps of equal length.
//
// Nobody has to know when the recording ends: when there are more steps than
// TRACE_MAX_POINTS, two become one. Who knows says so, and has that many.
#ifndef RPSCOPE_METRIC_TIMELINE_H
#define RPSCOPE_METRIC_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pack.h"
#include "viewer/metric/instant.h"

struct heap;

struct timeline_step {
    struct instant at; // its end
    int64_t used_max, held_max;
    int64_t used_min, held_min;
    uint64_t allocations;
};

struct timeline {
    struct pool *pool;
    struct timeline_step *steps;
    size_t count;
    uint64_t origin;           // where the first one begins
    uint64_t length;           // of a step, in steps of the trace's clock
    uint64_t end;              // of the one in the making
    struct timeline_step step; // the one in the making
};

// `length`: of the recording, as far as it is known; 0: it is not.
void timeline_start(struct timeline *timeline, struct pool *pool,
                    uint64_t length);
void timeline_free(struct timeline *timeline);
// Begins anew, with a part of the recording: from `origin` on, where all is as
// `now` says.
void timeline_part(struct timeline *timeline, const struct instant *now,
                   uint64_t origin, uint64_t length);

// Ends steps up to the time, in which `now` did not change. Call it when
// time >= timeline->end.
void timeline_reach(struct timeline *timeline, const struct instant *now,
                    uint64_t time);
void timeline_end(struct timeline *timeline, const struct instant *now,
                  uint64_t time);

void timeline_save(const struct timeline *timeline, struct pack *pack);
bool timeline_restore(struct timeline *timeline, struct pack *pack);

// After each event.
static inline void timeline_see(struct timeline *timeline,
                                const struct instant *now) {
    if (now->parts[PART_USED] > timeline->step.used_max)
        timeline->step.used_max = now->parts[PART_USED];
    if (now->held > timeline->step.held_max)
        timeline->step.held_max = now->held;
    if (now->parts[PART_USED] < timeline->step.used_min)
        timeline->step.used_min = now->parts[PART_USED];
    if (now->held < timeline->step.held_min)
        timeline->step.held_min = now->held;
}

// A step for those who show it.
struct timeline_point {
    uint64_t time_ns; // end of the step
    uint64_t used_bytes;
    uint64_t held_bytes;
    uint64_t used_max; // within the step
    uint64_t held_max;
    uint64_t used_min;
    uint64_t held_min;
    uint64_t part_bytes[PARTS];
    uint64_t allocations; // within the step
};

// In memory of the pool.
struct timeline_point *timeline_points(const struct timeline *timeline,
                                       const struct heap *heap,
                                       struct pool *pool, size_t *count);

#endif
