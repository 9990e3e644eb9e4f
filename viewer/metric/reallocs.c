// reallocs.c - blocks that grow step by step.
#include "viewer/metric/reallocs.h"

static struct realloc_counts *counts_of(struct reallocs *reallocs,
                                        uint32_t stack) {
    uint32_t place = ring_index_find(&reallocs->stacks, stack);
    if (place != (uint32_t)RING_NONE)
        return &reallocs->list[place];
    reallocs->list = pool_grow(reallocs->pool, reallocs->list, reallocs->count,
                               &reallocs->capacity, sizeof *reallocs->list);
    ring_index_set(&reallocs->stacks, stack, (uint32_t)reallocs->count);
    struct realloc_counts *counts = &reallocs->list[reallocs->count++];
    *counts = (struct realloc_counts){.stack = stack};
    return counts;
}

static void reallocs_feed(void *metric, const struct metric_context *context,
                          const struct heap_change *changes, size_t count) {
    struct reallocs *reallocs = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_BORN || !(change->flags & CHANGE_MOVED))
            continue;
        struct realloc_counts *counts = counts_of(reallocs, change->stack);
        if (change->flags & CHANGE_COUNTS) {
            counts->moved++;
            counts->moved_bytes += change->wanted;
        } else {
            counts->in_place++;
        }
    }
}

static void reallocs_start(void *metric, const struct metric_context *context) {
    struct reallocs *reallocs = metric;
    reallocs->pool = reallocs->stacks.pool = context->pool;
}

static void reallocs_free(void *metric) {
    struct reallocs *reallocs = metric;
    pool_give(reallocs->pool, reallocs->list);
    ring_index_free(&reallocs->stacks);
}

static void reallocs_save(const void *metric,
                          const struct metric_context *context,
                          struct pack *pack) {
    const struct reallocs *reallocs = metric;
    (void)context;
    pack_put_array(pack, reallocs->list, reallocs->count,
                   sizeof *reallocs->list);
}

static bool reallocs_restore(void *metric, const struct metric_context *context,
                             struct pack *pack) {
    struct reallocs *reallocs = metric;
    (void)context;
    if (!pack_take_array(pack, reallocs->pool, (void **)&reallocs->list,
                         &reallocs->count, sizeof *reallocs->list))
        return false;
    reallocs->capacity = reallocs->count;
    for (size_t i = 0; i < reallocs->count; i++)
        ring_index_set(&reallocs->stacks, reallocs->list[i].stack, (uint32_t)i);
    return true;
}

const struct metric reallocs_metric = {
    .key = "reallocs",
    .kinds = CHANGE_SET(CHANGE_BORN),
    .start = reallocs_start,
    .feed = reallocs_feed,
    .free = reallocs_free,
    .save = reallocs_save,
    .restore = reallocs_restore,
};
