// walks.c - the allocator has counted its own blocks: does the heap agree?
#include "viewer/metric/walks.h"

#include <string.h>

static void count_span(struct span *span, void *context) {
    struct walks *walks = context;
    if (span->place != SPAN_IN_HEAP || span->live + span->deferred == 0)
        return;
    struct walk_class *class = &walks->classes[span->class_index];
    class->spans += span->run;
    class->live += span->live;
    class->deferred += span->deferred;
}

static void begin(struct walks *walks, const struct heap *heap) {
    memset(walks->classes, 0, sizeof walks->classes);
    spans_each(&heap->spans, count_span, walks);
    walks->walking = true;
    walks->count++;
}

static void compare(struct walks *walks, const uint64_t *value) {
    uint64_t index = value[0];
    if (index >= WALK_CLASSES || walks->classes[index].told) {
        walks->mismatches++;
        return;
    }
    struct walk_class *class = &walks->classes[index];
    class->told = true;
    walks->checked++;
    // A huge block has memory of its own: it is in no span to be counted.
    bool has_spans = index != TRACE_CLASS_HUGE;
    walks->mismatches += (has_spans && class->spans != value[1]) ||
                         class->live != value[2] || class->deferred != value[3];
}

// A class that the allocator does not tell of has nothing.
static void end(struct walks *walks) {
    for (unsigned i = 0; i < WALK_CLASSES; i++) {
        if (walks->classes[i].told || walks->classes[i].spans == 0)
            continue;
        walks->checked++;
        walks->mismatches++;
    }
    walks->walking = false;
}

static void walks_feed(void *metric, const struct metric_context *context,
                       const struct heap_change *changes, size_t count) {
    struct walks *walks = metric;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_NOTE)
            continue;
        if (change->part == TRACE_EVENT_WALK_BEGIN)
            begin(walks, context->heap);
        else if (change->part == TRACE_EVENT_WALK_CLASS && walks->walking)
            compare(walks, change->value);
        else if (change->part == TRACE_EVENT_WALK_END && walks->walking)
            end(walks);
    }
}

static void walks_save(const void *metric, const struct metric_context *context,
                       struct pack *pack) {
    (void)context;
    pack_put(pack, metric, sizeof(struct walks));
}

static bool walks_restore(void *metric, const struct metric_context *context,
                          struct pack *pack) {
    (void)context;
    struct walks *walks = metric;
    if (!pack_take(pack, walks, sizeof *walks) ||
        !pack_is_bool(&walks->walking))
        return false;
    bool whole = true;
    for (int i = 0; i < WALK_CLASSES; i++)
        whole &= pack_is_bool(&walks->classes[i].told);
    return whole;
}

const struct metric walks_metric = {
    .key = "walks",
    .kinds = CHANGE_SET(CHANGE_NOTE),
    .feed = walks_feed,
    .save = walks_save,
    .restore = walks_restore,
};
