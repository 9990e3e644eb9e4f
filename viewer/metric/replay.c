// replay.c - a recorded heap, event by event, and the metrics that watch it.
#include "viewer/metric/replay.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_CHANGES = 256 }; // so that all of them stay in the first cache

static void feed(struct change_log *log, void *context) {
    metrics_feed(context, log);
    log->count = log->kinds = 0;
}

void replay_start(struct replay *replay, const struct trace_tables *tables,
                  uint64_t first, uint64_t last) {
    memset(replay, 0, sizeof *replay);
    replay->log = (struct change_log){
        .list = pool_get(tables->pool, LOG_CHANGES * sizeof *replay->log.list),
        .capacity = LOG_CHANGES,
        .flush = feed,
        .context = &replay->metrics};
    apply_start(&replay->heap, tables, first, &replay->log);
    metrics_start(&replay->metrics, &replay->heap, first, last);
}

void replay_free(struct replay *replay) {
    metrics_free(&replay->metrics);
    pool_give(replay->heap.spans.pool, replay->log.list);
    apply_free(&replay->heap);
    memset(replay, 0, sizeof *replay);
}

void replay_events(struct replay *replay, const struct trace_event *events,
                   size_t count) {
    apply_events(&replay->heap, events, count);
}

void replay_settle(struct replay *replay) {
    heap_flush(&replay->heap);
    metrics_settle(&replay->metrics);
}

void replay_end(struct replay *replay) {
    apply_end(&replay->heap);
    metrics_settle(&replay->metrics);
    metrics_end(&replay->metrics);
}
