// middle.c - the moment in the middle of a recording.
#include "viewer/answer/middle.h"

#include "viewer/metric/growth.h"

const struct timeline_step *middle_step(const struct timeline *timeline,
                                        uint64_t time) {
    const struct timeline_step *step = NULL;
    for (size_t i = 0; i < timeline->count; i++)
        if (timeline->steps[i].at.time <= time / 2)
            step = &timeline->steps[i];
    return step;
}

bool middle_is_asked_for(const struct replay *replay, struct pool *pool) {
    struct growth growth;
    size_t count;
    struct timeline_point *points = timeline_points(
        &replay->metrics.sums.timeline, &replay->heap, pool, &count);
    bool grows = growth_find(points, count, &growth);
    pool_give(pool, points);
    return grows;
}
