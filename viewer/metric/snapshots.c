// snapshots.c - the moments that the recorder has told of, and what the heap
// has then.
#include "viewer/metric/snapshots.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/metric/sums.h"

static void note_sums(struct snapshot *snapshot, const struct sums *sums) {
    snapshot->held = (uint64_t)sums->now.held;
    snapshot->used = (uint64_t)sums->now.parts[PART_USED];
    snapshot->live_blocks = sums->now.live_blocks;
}

static void add(struct snapshots *all, const struct heap_change *change,
                const struct sums *sums) {
    if (all->count == SNAPSHOTS_KEPT)
        all->count--; // the last ones share a place
    all->list = pool_grow(all->pool, all->list, all->count, &all->capacity,
                          sizeof *all->list);
    struct snapshot *snapshot = &all->list[all->count++];
    *snapshot = (struct snapshot){.number = change->value[0],
                                  .time = change->time,
                                  .has_state = change->value[1] > 0,
                                  .told_held = change->value[2]};
    memset(all->classes, 0, sizeof all->classes);
    all->counting = true;
    if (!snapshot->has_state)
        note_sums(snapshot, sums);
}

// The first class with blocks of the same size.
static unsigned first_alike(const struct trace_tables *tables,
                            unsigned class_index) {
    if (class_index >= tables->class_count)
        return class_index;
    unsigned first = 0;
    while (tables->classes[first].block_bytes !=
           tables->classes[class_index].block_bytes)
        first++;
    return first;
}

struct own_count {
    const struct trace_tables *tables;
    struct snapshot_class classes[SNAPSHOT_CLASSES];
};

static void count_span(struct span *span, void *context) {
    struct own_count *count = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    struct snapshot_class *class =
        &count->classes[first_alike(count->tables, span->class_index)];
    class->spans++;
    class->live += span->live;
}

static void compare(struct snapshots *all, const struct heap *heap) {
    struct snapshot *now = &all->list[all->count - 1];
    struct own_count own = {.tables = heap->tables};
    spans_each(&heap->spans, count_span, &own);
    for (int i = 0; i < SNAPSHOT_CLASSES; i++) {
        const struct snapshot_class *told = &all->classes[i];
        if (!told->told && own.classes[i].live == 0)
            continue;
        now->checked++;
        now->mismatches += told->spans != own.classes[i].spans ||
                           told->live != own.classes[i].live;
    }
}

static void note(struct snapshots *all, const struct metric_context *context,
                 const struct heap_change *change) {
    uint64_t index = change->value[0];
    switch (change->part) {
    case TRACE_EVENT_SNAPSHOT:
        add(all, change, context->sums);
        return;
    case TRACE_EVENT_SNAPSHOT_CLASS:
        if (all->counting && index < SNAPSHOT_CLASSES)
            all->classes[index] = (struct snapshot_class){
                change->value[1], change->value[2], true};
        return;
    case TRACE_EVENT_SNAPSHOT_END:
        if (all->counting)
            compare(all, context->heap);
        all->counting = false;
        return;
    default:
        return;
    }
}

static void snapshots_feed(void *metric, const struct metric_context *context,
                           const struct heap_change *changes, size_t count) {
    struct snapshots *all = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind == CHANGE_NOTE) {
            note(all, context, change);
        } else if (change->kind == CHANGE_STATE_ENDS) {
            all->list[all->count - 1].missing = change->missing > 0;
            note_sums(&all->list[all->count - 1], context->sums);
        }
    }
}

static void snapshots_start(void *metric,
                            const struct metric_context *context) {
    struct snapshots *all = metric;
    all->pool = context->pool;
}

static void snapshots_free(void *metric) {
    struct snapshots *all = metric;
    pool_give(all->pool, all->list);
}

static void snapshots_save(const void *metric,
                           const struct metric_context *context,
                           struct pack *pack) {
    const struct snapshots *all = metric;
    (void)context;
    pack_put_array(pack, all->list, all->count, sizeof *all->list);
    pack_put(pack, &all->counting, sizeof all->counting);
    pack_put(pack, all->classes, sizeof all->classes);
}

static bool snapshots_restore(void *metric,
                              const struct metric_context *context,
                              struct pack *pack) {
    struct snapshots *all = metric;
    (void)context;
    bool whole = pack_take_array(pack, all->pool, (void **)&all->list,
                                 &all->count, sizeof *all->list) &&
                 pack_take(pack, &all->counting, sizeof all->counting) &&
                 pack_take(pack, all->classes, sizeof all->classes);
    all->capacity = all->count;
    for (size_t i = 0; whole && i < all->count; i++)
        whole = pack_is_bool(&all->list[i].has_state) &&
                pack_is_bool(&all->list[i].missing);
    for (size_t i = 0; whole && i < SNAPSHOT_CLASSES; i++)
        whole = pack_is_bool(&all->classes[i].told);
    // Who counts has told of a snapshot.
    return whole && pack_is_bool(&all->counting) &&
           (!all->counting || all->count > 0) && all->count <= SNAPSHOTS_KEPT;
}

const struct metric snapshots_metric = {
    .key = "snapshots",
    .kinds = CHANGE_SET(CHANGE_NOTE) | CHANGE_SET(CHANGE_STATE_ENDS),
    .start = snapshots_start,
    .feed = snapshots_feed,
    .free = snapshots_free,
    .save = snapshots_save,
    .restore = snapshots_restore,
};
