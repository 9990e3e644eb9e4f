// span_sources.c - where spans that began to serve blocks came from.
#include "viewer/metric/span_sources.h"

static void taken(struct span_source *source, uint8_t from) {
    source->from_thread_cache += from == SPAN_IN_THREAD;
    source->from_global_cache += from == SPAN_IN_GLOBAL;
    source->from_segment += from == SPAN_IN_SEGMENT;
}

static void given(struct span_source *source, uint8_t to) {
    source->to_thread_cache += to == SPAN_IN_THREAD;
    source->to_global_cache += to == SPAN_IN_GLOBAL;
    source->to_segment += to == SPAN_IN_SEGMENT;
}

static void span_sources_feed(void *metric,
                              const struct metric_context *context,
                              const struct heap_change *changes, size_t count) {
    struct span_sources *sources = metric;
    (void)context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        if (change->kind != CHANGE_SPAN)
            continue;
        const struct span_use *from = &change->from, *to = &change->to;
        if (from->place != SPAN_IN_HEAP && to->place == SPAN_IN_HEAP)
            taken(&sources->classes[to->class_index], from->place);
        else if (from->place == SPAN_IN_HEAP && to->place != SPAN_IN_HEAP)
            given(&sources->classes[from->class_index], to->place);
        else if (from->place == SPAN_IN_HEAP && from->heap != to->heap)
            sources->classes[to->class_index].adopted++;
    }
}

static void span_sources_save(const void *metric,
                              const struct metric_context *context,
                              struct pack *pack) {
    (void)context;
    pack_put(pack, metric, sizeof(struct span_sources));
}

static bool span_sources_restore(void *metric,
                                 const struct metric_context *context,
                                 struct pack *pack) {
    (void)context;
    return pack_take(pack, metric, sizeof(struct span_sources));
}

const struct metric span_sources_metric = {
    .key = "span_sources",
    .kinds = CHANGE_SET(CHANGE_SPAN),
    .feed = span_sources_feed,
    .save = span_sources_save,
    .restore = span_sources_restore,
};
