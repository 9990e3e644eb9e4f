// timeline.c - used and held bytes over time, in steps of equal length.
#include "viewer/metric/timeline.h"

#include <stdlib.h>

#include "viewer/heap/heap.h"

void timeline_start(struct timeline *timeline, struct pool *pool,
                    uint64_t length) {
    timeline->pool = pool;
    timeline->steps =
        pool_get(timeline->pool, TRACE_MAX_POINTS * sizeof *timeline->steps);
    timeline->length = length / TRACE_MAX_POINTS + 1;
    timeline->end = timeline->length;
}

void timeline_free(struct timeline *timeline) {
    pool_give(timeline->pool, timeline->steps);
}

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

// Two steps become one.
static void join_steps(struct timeline *timeline) {
    timeline->count /= 2;
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_step *a = &timeline->steps[2 * i], *b = a + 1;
        timeline->steps[i] = (struct timeline_step){
            .at = b->at,
            .used_max = larger(a->used_max, b->used_max),
            .held_max = larger(a->held_max, b->held_max),
            .used_min = smaller(a->used_min, b->used_min),
            .held_min = smaller(a->held_min, b->held_min),
            .allocations = a->allocations + b->allocations};
    }
    timeline->length *= 2;
    timeline->end = timeline->origin + (timeline->count + 1) * timeline->length;
}

// The step in the making begins, with what is there.
static void begin_step(struct timeline *timeline, const struct instant *now) {
    timeline->step = (struct timeline_step){.held_max = now->held,
                                            .held_min = now->held,
                                            .used_max = now->parts[PART_USED],
                                            .used_min = now->parts[PART_USED]};
}

static void close_step(struct timeline *timeline, const struct instant *now) {
    if (timeline->count == TRACE_MAX_POINTS) {
        join_steps(timeline);
        return;
    }
    timeline->step.at = *now;
    timeline->step.at.time = timeline->end;
    timeline->steps[timeline->count++] = timeline->step;
    timeline->end += timeline->length;
    begin_step(timeline, now);
}

void timeline_part(struct timeline *timeline, const struct instant *now,
                   uint64_t origin, uint64_t length) {
    timeline->count = 0;
    timeline->origin = origin;
    timeline->length = length / TRACE_MAX_POINTS + 1;
    timeline->end = origin + timeline->length;
    begin_step(timeline, now);
}

void timeline_reach(struct timeline *timeline, const struct instant *now,
                    uint64_t time) {
    while (time >= timeline->end)
        close_step(timeline, now);
}

void timeline_end(struct timeline *timeline, const struct instant *now,
                  uint64_t time) {
    while (timeline->origin + timeline->count * timeline->length <= time)
        close_step(timeline, now);
    timeline->steps[timeline->count - 1].at.time = time;
}

void timeline_save(const struct timeline *timeline, struct pack *pack) {
    pack_put(pack, &timeline->origin, sizeof timeline->origin);
    pack_put(pack, &timeline->length, sizeof timeline->length);
    pack_put(pack, &timeline->end, sizeof timeline->end);
    pack_put(pack, &timeline->step, sizeof timeline->step);
    pack_put(pack, &timeline->count, sizeof timeline->count);
    pack_put(pack, timeline->steps, timeline->count * sizeof *timeline->steps);
}

// Whether it goes on to its end: what was read may be anything.
static bool can_be(const struct timeline *timeline) {
    const uint64_t most = UINT64_C(1) << 53;
    bool steps = instant_can_be(&timeline->step.at);
    for (size_t i = 0; i < timeline->count; i++)
        steps &= instant_can_be(&timeline->steps[i].at);
    return steps && timeline->origin == 0 && timeline->length > 0 &&
           timeline->length < most &&
           timeline->end == (timeline->count + 1) * timeline->length;
}

bool timeline_restore(struct timeline *timeline, struct pack *pack) {
    return pack_take(pack, &timeline->origin, sizeof timeline->origin) &&
           pack_take(pack, &timeline->length, sizeof timeline->length) &&
           pack_take(pack, &timeline->end, sizeof timeline->end) &&
           pack_take(pack, &timeline->step, sizeof timeline->step) &&
           pack_take(pack, &timeline->count, sizeof timeline->count) &&
           timeline->count <= TRACE_MAX_POINTS &&
           pack_take(pack, timeline->steps,
                     timeline->count * sizeof *timeline->steps) &&
           can_be(timeline);
}

static uint64_t positive(int64_t bytes) {
    return bytes > 0 ? (uint64_t)bytes : 0;
}

struct timeline_point *timeline_points(const struct timeline *timeline,
                                       const struct heap *heap,
                                       struct pool *pool, size_t *count) {
    struct timeline_point *points =
        pool_get(pool, timeline->count * sizeof *points);
    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_step *from = &timeline->steps[i];
        struct timeline_point *to = &points[i];
        to->time_ns = heap_ns(heap, from->at.time);
        for (int part = 0; part < PARTS; part++)
            to->part_bytes[part] = positive(from->at.parts[part]);
        to->used_bytes = to->part_bytes[PART_USED];
        to->held_bytes = positive(from->at.held);
        to->used_max = positive(from->used_max);
        to->held_max = positive(from->held_max);
        to->used_min = positive(from->used_min);
        to->held_min = positive(from->held_min);
        to->allocations = from->allocations;
    }
    *count = timeline->count;
    return points;
}
