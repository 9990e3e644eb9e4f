// last_stacks.c - where each thread stood when most was held.
#include "viewer/metric/last_stacks.h"

#include "viewer/metric/sums.h"

static struct last_stacks_of *find(struct last_stacks *last, uint32_t ring) {
    uint32_t place = ring_index_find(&last->rings, ring);
    if (place != (uint32_t)RING_NONE)
        return &last->list[place];
    last->list = pool_grow(last->pool, last->list, last->count, &last->capacity,
                           sizeof *last->list);
    ring_index_set(&last->rings, ring, (uint32_t)last->count);
    struct last_stacks_of *of = &last->list[last->count++];
    *of = (struct last_stacks_of){.now.ring = ring, .at_peak.ring = ring};
    return of;
}

static void commit(struct last_stacks *last, const struct heap_change *change,
                   uint64_t peak) {
    struct last_stacks_of *of = find(last, change->ring);
    if (of->now.event <= peak)
        of->at_peak = of->now;
    of->now = (struct last_stack){change->ring, change->stack, change->event,
                                  change->time, change->wanted};
}

// The last allocation of each ring is what counts: of those in a row only that
// one is looked at.
static void look(struct last_stacks *last, const struct heap_change *changes,
                 const struct heap_change *end, uint64_t peak) {
    const struct heap_change *latest = NULL;
    for (const struct heap_change *at = changes; at < end; at++) {
        if (at->kind != CHANGE_BORN || !(at->flags & CHANGE_COUNTS))
            continue;
        if (latest && latest->ring != at->ring)
            commit(last, latest, peak);
        latest = at;
    }
    if (latest)
        commit(last, latest, peak);
}

static void last_stacks_feed(void *metric, const struct metric_context *context,
                             const struct heap_change *changes, size_t count) {
    // Of several peaks in the batch the last: nobody asks for the others.
    uint64_t peak = context->sums->peaks.held.event;
    const struct heap_change *behind = changes;
    if (changes[0].event <= peak)
        while (behind < changes + count && behind->event <= peak)
            behind++;
    look(metric, changes, behind, peak);
    look(metric, behind, changes + count, peak);
}

static void last_stacks_start(void *metric,
                              const struct metric_context *context) {
    struct last_stacks *last = metric;
    last->pool = last->rings.pool = context->pool;
}

static void last_stacks_free(void *metric) {
    struct last_stacks *last = metric;
    pool_give(last->pool, last->list);
    ring_index_free(&last->rings);
}

static void last_stacks_save(const void *metric,
                             const struct metric_context *context,
                             struct pack *pack) {
    const struct last_stacks *last = metric;
    (void)context;
    pack_put_array(pack, last->list, last->count, sizeof *last->list);
}

static bool last_stacks_restore(void *metric,
                                const struct metric_context *context,
                                struct pack *pack) {
    struct last_stacks *last = metric;
    (void)context;
    if (!pack_take_array(pack, last->pool, (void **)&last->list, &last->count,
                         sizeof *last->list))
        return false;
    last->capacity = last->count;
    for (size_t i = 0; i < last->count; i++)
        ring_index_set(&last->rings, last->list[i].now.ring, (uint32_t)i);
    return true;
}

const struct metric last_stacks_metric = {
    .key = "last_stacks",
    .kinds = CHANGE_SET(CHANGE_BORN),
    .start = last_stacks_start,
    .feed = last_stacks_feed,
    .free = last_stacks_free,
    .save = last_stacks_save,
    .restore = last_stacks_restore,
};

const struct last_stack *last_stacks_at_peak(const struct last_stacks *last,
                                             size_t i,
                                             const struct sums *sums) {
    const struct last_stacks_of *of = &last->list[i];
    return of->now.event <= sums->peaks.held.event ? &of->now : &of->at_peak;
}
