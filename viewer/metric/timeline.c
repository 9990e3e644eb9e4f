// timeline.c - used and held bytes over time, in steps of equal length.
#include "viewer/metric/timeline.h"

#include "viewer/base/memory.h"
#include "viewer/heap/model.h"

struct timeline_point *timeline_points(const struct model *model,
                                       size_t *count) {
    struct timeline_point *points =
        memory_get(model->point_count * sizeof *points);
    for (size_t i = 0; i < model->point_count; i++) {
        const struct model_point *from = &model->points[i];
        struct timeline_point *to = &points[i];
        to->time_ns = model_ns(model, from->time);
        for (int part = 0; part < PARTS; part++)
            to->part_bytes[part] =
                from->parts[part] > 0 ? (uint64_t)from->parts[part] : 0;
        to->used_bytes = to->part_bytes[PART_USED];
        to->held_bytes = from->held;
        to->used_max = from->used_max;
        to->held_max = from->held_max;
        to->allocations = from->allocations;
    }
    *count = model->point_count;
    return points;
}
