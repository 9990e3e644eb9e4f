// frees.c - who frees whose blocks, where the recording has stacks of frees.
#include "viewer/metric/frees.h"

#include <string.h>

static size_t slot_of(const struct frees *frees, uint32_t stack, uint32_t by) {
    uint64_t key = (uint64_t)stack << 32 | by;
    size_t mask = frees->slot_count - 1;
    size_t at = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;
    for (; frees->slots[at]; at = (at + 1) & mask) {
        const struct free_pair *pair = &frees->list[frees->slots[at] - 1];
        if (pair->stack == stack && pair->by == by)
            break;
    }
    return at;
}

static void grow_slots(struct frees *frees) {
    pool_give(frees->pool, frees->slots);
    frees->slot_count = frees->slot_count ? frees->slot_count * 2 : 256;
    while (frees->slot_count < frees->count * 2)
        frees->slot_count *= 2;
    frees->slots =
        pool_zeroed(frees->pool, frees->slot_count, sizeof *frees->slots);
    for (size_t i = 0; i < frees->count; i++)
        frees->slots[slot_of(frees, frees->list[i].stack, frees->list[i].by)] =
            (uint32_t)i + 1;
}

static struct free_pair *pair_of(struct frees *frees, uint32_t stack,
                                 uint32_t by) {
    if (frees->count * 2 >= frees->slot_count)
        grow_slots(frees);
    size_t at = slot_of(frees, stack, by);
    if (!frees->slots[at]) {
        frees->list = pool_grow(frees->pool, frees->list, frees->count,
                                &frees->capacity, sizeof *frees->list);
        frees->list[frees->count++] =
            (struct free_pair){.stack = stack, .by = by};
        frees->slots[at] = (uint32_t)frees->count;
    }
    return &frees->list[frees->slots[at] - 1];
}

static void died(struct frees *frees, const struct heap_change *change) {
    uint32_t by = ring_index_find(&frees->next, change->ring);
    if (by == (uint32_t)RING_NONE || by == 0)
        return;
    ring_index_set(&frees->next, change->ring, 0);
    struct free_pair *pair = pair_of(frees, change->stack, by);
    pair->frees++;
    pair->bytes += change->wanted;
    pair->deferred += (change->flags & CHANGE_DEFERRED) != 0;
}

static void frees_feed(void *metric, const struct metric_context *context,
                       const struct heap_change *changes, size_t count) {
    struct frees *frees = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_NOTE && change->part == TRACE_EVENT_FREED_BY)
            ring_index_set(&frees->next, change->ring,
                           heap_stack(change->value[0]));
        else if (change->kind == CHANGE_DIED && frees->next.count > 0 &&
                 (change->flags & CHANGE_COUNTS))
            died(frees, change);
    }
}

// As long as no free had a stack, nothing but one that has.
static uint32_t frees_needs(const void *metric) {
    const struct frees *frees = metric;
    return frees->next.count > 0 ? frees_metric.kinds : CHANGE_SET(CHANGE_NOTE);
}

static void frees_start(void *metric, const struct metric_context *context) {
    struct frees *frees = metric;
    frees->pool = frees->next.pool = context->pool;
}

static void frees_free(void *metric) {
    struct frees *frees = metric;
    pool_give(frees->pool, frees->list);
    pool_give(frees->pool, frees->slots);
    ring_index_free(&frees->next);
}

static void frees_save(const void *metric, const struct metric_context *context,
                       struct pack *pack) {
    const struct frees *frees = metric;
    (void)context;
    pack_put_array(pack, frees->list, frees->count, sizeof *frees->list);
    ring_index_save(&frees->next, pack);
}

static bool frees_restore(void *metric, const struct metric_context *context,
                          struct pack *pack) {
    struct frees *frees = metric;
    (void)context;
    bool whole = pack_take_array(pack, frees->pool, (void **)&frees->list,
                                 &frees->count, sizeof *frees->list) &&
                 ring_index_restore(&frees->next, pack);
    frees->capacity = frees->count;
    if (whole && frees->count > 0)
        grow_slots(frees);
    return whole;
}

const struct metric frees_metric = {
    .key = "frees",
    .kinds = CHANGE_SET(CHANGE_DIED) | CHANGE_SET(CHANGE_NOTE),
    .needs = frees_needs,
    .start = frees_start,
    .feed = frees_feed,
    .free = frees_free,
    .save = frees_save,
    .restore = frees_restore,
};
