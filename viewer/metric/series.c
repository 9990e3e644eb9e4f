// series.c - what was live of each exact stack at up to 32 instants.
//
// Stacks are fed first, a batch of changes at a time. An instant within the
// batch is what they are behind it, less what came between.
#include "viewer/metric/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/metric/stacks.h"

enum {
    PAIRS = SERIES_INSTANTS * (SERIES_INSTANTS - 1) / 2,
    LEAST_VALUES = 8,
    MOST_SHIFT = 62,
};

static void forget(struct series *series) {
    for (uint32_t i = 0; i < series->count; i++)
        pool_give(series->pool, series->instants[i].live);
    series->count = 0;
}

static void make_room(struct series *series) {
    for (uint32_t i = 0; i < SERIES_INSTANTS; i += 2) {
        pool_give(series->pool, series->instants[i + 1].live);
        series->instants[i / 2] = series->instants[i];
    }
    series->count = SERIES_INSTANTS / 2;
    series->shift++;
}

// What was live before the changes.
static void take(struct series *series, const struct stacks *stacks,
                 const struct heap_change *changes, size_t count) {
    if (series->count == SERIES_INSTANTS)
        make_room(series);
    struct series_instant *instant = &series->instants[series->count++];
    instant->count = stacks->count;
    instant->live =
        pool_get(series->pool, stacks->count * sizeof *instant->live);
    int64_t *live = pool_get(series->pool, stacks->count * sizeof *live);
    for (size_t i = 0; i < stacks->count; i++)
        live[i] = (int64_t)stacks->list[i].live_bytes;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_BORN)
            live[stacks_find(stacks, change->stack)] -= (int64_t)change->wanted;
        else if (change->kind == CHANGE_DIED)
            live[stacks_find(stacks, change->stack)] += (int64_t)change->wanted;
    }
    for (size_t i = 0; i < stacks->count; i++)
        instant->live[i] = (float)live[i];
    // Stacks of this batch alone: they are there only when it is cut elsewhere.
    while (instant->count > 0 && instant->live[instant->count - 1] == 0)
        instant->count--;
    pool_give(series->pool, live);
}

__attribute__((cold, noinline)) static void sample(
    struct series *series, const struct metric_context *context,
    const struct heap_change *changes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_STATE_BEGINS) {
            // What is told from here on is no growth.
            forget(series);
            series->first = change->time;
        } else if (change->kind == CHANGE_BORN || change->kind == CHANGE_DIED) {
            while (change->time >= series_time(series, series->count) &&
                   series->shift < MOST_SHIFT)
                take(series, context->stacks, change, count - i);
        }
    }
}

static void series_feed(void *metric, const struct metric_context *context,
                        const struct heap_change *changes, size_t count) {
    struct series *series = metric;
    // Times do not go back: the last one tells whether an instant is due.
    const struct heap_change *last = &changes[count - 1];
    if (last->time >= series_time(series, series->count) ||
        last->kind == CHANGE_STATE_BEGINS)
        sample(series, context, changes, count);
}

static void series_start(void *metric, const struct metric_context *context) {
    struct series *series = metric;
    series->pool = context->pool;
    series->shift = SERIES_FIRST_SHIFT;
}

static void series_free(void *metric) {
    forget(metric);
}

static void series_save(const void *metric,
                        const struct metric_context *context,
                        struct pack *pack) {
    const struct series *series = metric;
    (void)context;
    pack_put(pack, &series->count, sizeof series->count);
    pack_put(pack, &series->shift, sizeof series->shift);
    pack_put(pack, &series->first, sizeof series->first);
    for (uint32_t i = 0; i < series->count; i++)
        pack_put_array(pack, series->instants[i].live,
                       series->instants[i].count,
                       sizeof *series->instants[i].live);
}

static bool series_restore(void *metric, const struct metric_context *context,
                           struct pack *pack) {
    struct series *series = metric;
    uint32_t count;
    (void)context;
    if (!pack_take(pack, &count, sizeof count) ||
        !pack_take(pack, &series->shift, sizeof series->shift) ||
        !pack_take(pack, &series->first, sizeof series->first) ||
        count > SERIES_INSTANTS || series->shift > MOST_SHIFT)
        return false;
    for (; series->count < count; series->count++) {
        struct series_instant *instant = &series->instants[series->count];
        if (!pack_take_array(pack, series->pool, (void **)&instant->live,
                             &instant->count, sizeof *instant->live))
            return false;
    }
    return true;
}

const struct metric series_metric = {
    .key = "series",
    .kinds = CHANGE_SET(CHANGE_BORN) | CHANGE_SET(CHANGE_DIED) |
             CHANGE_SET(CHANGE_STATE_BEGINS),
    .start = series_start,
    .feed = series_feed,
    .free = series_free,
    .save = series_save,
    .restore = series_restore,
};

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

bool series_trend(const double *values, size_t count, struct trend *trend) {
    double slopes[PAIRS], rises = 0, n = (double)count;
    size_t pairs = 0;
    if (count < LEAST_VALUES || count > SERIES_INSTANTS)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double rise = values[j] - values[i];
            rises += (rise > 0) - (rise < 0);
            slopes[pairs++] = rise / (double)(j - i);
        }
    if ((rises - 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18) < 2.326)
        return false;
    qsort(slopes, pairs, sizeof *slopes, compare);
    *trend = (struct trend){
        pairs % 2 ? slopes[pairs / 2]
                  : (slopes[pairs / 2 - 1] + slopes[pairs / 2]) / 2,
        values[0], values[count - 1]};
    return trend->slope > 0;
}
