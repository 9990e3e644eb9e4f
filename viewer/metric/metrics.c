// metrics.c - all metrics of one recording.
#include "viewer/metric/metrics.h"

#include <string.h>

static const struct {
    const struct metric *metric;
    size_t offset;
} list[] = {
#define METRIC_ROW(name) {&name##_metric, offsetof(struct metrics, name)},
    METRIC_LIST(METRIC_ROW)
#undef METRIC_ROW
};

enum { COUNT = sizeof list / sizeof *list };

static void *state_of(const struct metrics *metrics, size_t i) {
    return (char *)metrics + list[i].offset;
}

void metrics_start(struct metrics *metrics, const struct heap *heap,
                   uint64_t first, uint64_t last) {
    memset(metrics, 0, sizeof *metrics);
    metrics->context = (struct metric_context){
        heap->spans.pool, heap, first, last, &metrics->sums, &metrics->stacks};
    for (size_t i = 0; i < COUNT; i++)
        if (list[i].metric->start)
            list[i].metric->start(state_of(metrics, i), &metrics->context);
}

void metrics_free(struct metrics *metrics) {
    for (size_t i = 0; i < COUNT; i++)
        if (list[i].metric->free)
            list[i].metric->free(state_of(metrics, i));
    memset(metrics, 0, sizeof *metrics);
}

void metrics_feed(struct metrics *metrics, const struct change_log *log) {
    for (size_t i = 0; i < COUNT; i++) {
        const struct metric *metric = list[i].metric;
        void *state = state_of(metrics, i);
        uint32_t kinds = metric->needs ? metric->needs(state) : metric->kinds;
        if (kinds & log->kinds)
            metric->feed(state, &metrics->context, log->list, log->count);
    }
}

void metrics_settle(struct metrics *metrics) {
    for (size_t i = 0; i < COUNT; i++)
        if (list[i].metric->settle)
            list[i].metric->settle(state_of(metrics, i), &metrics->context);
}

void metrics_end(struct metrics *metrics) {
    for (size_t i = 0; i < COUNT; i++)
        if (list[i].metric->end)
            list[i].metric->end(state_of(metrics, i), &metrics->context);
}

void metrics_save(const struct metrics *metrics, struct pack *pack) {
    for (size_t i = 0; i < COUNT; i++) {
        pack_section(pack, (uint32_t)i + 1);
        list[i].metric->save(state_of(metrics, i), &metrics->context, pack);
    }
}

bool metrics_restore(struct metrics *metrics, struct pack *pack) {
    bool whole = true;
    for (size_t i = 0; whole && i < COUNT; i++)
        whole = list[i].metric->restore(state_of(metrics, i), &metrics->context,
                                        pack);
    return whole;
}
