// heap.c - the recorded heap, rebuilt event by event.
#include "viewer/heap/heap.h"

#include "viewer/heap/check.h"
#include "viewer/heap/event.h"
#include "viewer/heap/repair.h"
#include "viewer/heap/snapshot.h"

enum {
    PATIENCE_NS = 10000000, // how long an event waits for its cause
    SPAN_AHEAD = 16,        // events between asking for a span and using it
    SLOT_AHEAD = 8,         // the same for a block
};

void heap_start(struct model *model, const struct trace_tables *tables,
                uint64_t first, uint64_t last) {
    model_start(model, tables, first, last);
    uint64_t origin = trace_clock_ns(tables, first);
    uint64_t patience = trace_clock_steps(tables, origin + PATIENCE_NS);
    model->repair = repair_new(patience > first ? patience - first : 0);
}

void heap_free(struct model *model) {
    repair_free(model->repair);
    check_free(model);
    snapshot_free(model);
    model_free(model);
}

static void close_point(struct model *model) {
    struct model_point *point = &model->point;
    point->time = model->point_end;
    for (int i = 0; i < PARTS; i++)
        point->parts[i] = model->parts[i].value;
    point->held = (uint64_t)model->held.value;
    if (model->point_count < model->point_limit)
        model->points[model->point_count++] = *point;
    model->point_end = model->point_count < model->point_limit
                           ? model->point_end + model->point_steps
                           : UINT64_MAX;
    *point = (struct model_point){.held_max = point->held,
                                  .used_max =
                                      (uint64_t)model->parts[PART_USED].value};
}

static inline bool names_block(const struct trace_event *event) {
    return event->type <= TRACE_EVENT_RESIZE;
}

static inline bool is_free(const struct trace_event *event) {
    return event->type == TRACE_EVENT_FREE ||
           event->type == TRACE_EVENT_FREE_DEFERRED;
}

static inline const struct span *span_of(const struct model *model,
                                         const struct trace_event *event) {
    return spans_find(&model->spans, event->value[is_free(event) ? 0 : 2]);
}

// Asks for the memory that an event will touch: blocks and spans lie far apart,
// and waiting for them is most of what applying an event costs.
static inline void prefetch_span(const struct model *model,
                                 const struct trace_event *event) {
    if (names_block(event))
        __builtin_prefetch(span_of(model, event));
}

static inline void prefetch_slot(const struct model *model,
                                 const struct trace_event *event) {
    if (!names_block(event))
        return;
    const struct span *span = span_of(model, event);
    uint64_t block = event->value[is_free(event) ? 1 : 3];
    if (span && block < span->blocks)
        __builtin_prefetch(&span->slots[block], 1);
}

// What waits, and a state that was not told to its end, belong to the time
// before a snapshot that tells a new one.
static void before_snapshot(struct model *model,
                            const struct trace_event *event) {
    snapshot_end(model);
    if (event->value[1] > 0)
        repair_expire(model, true);
}

void heap_apply(struct model *model, const struct trace_event *events,
                size_t count) {
    struct model_ring *ring = NULL;
    size_t ring_count = SIZE_MAX; // when `ring` was found
    for (size_t i = 0; i < count; i++) {
        const struct trace_event *event = &events[i];
        if (i + SPAN_AHEAD < count)
            prefetch_span(model, &events[i + SPAN_AHEAD]);
        if (i + SLOT_AHEAD < count)
            prefetch_slot(model, &events[i + SLOT_AHEAD]);
        if (event->time > model->start + model->time)
            model->time = event->time - model->start;
        model->events++;
        if (model->ring_count != ring_count || ring->number != event->ring) {
            ring = model_ring(model, event->ring);
            ring_count = model->ring_count;
        }
        ring->events++;
        ring->last_time = model->time;
        while (model->time >= model->point_end)
            close_point(model);
        if (model->telling)
            snapshot_tell(model, event);
        if (event->type == TRACE_EVENT_SNAPSHOT)
            before_snapshot(model, event);
        if (model->waiting > 0 && repair_must_wait(model, event)) {
            repair_wait(model, event);
        } else if (!event_apply(model, event, false)) {
            repair_wait(model, event);
        } else if (model->waiting > 0) {
            repair_retry(model, event);
        }
        if (model->telling)
            continue; // its sums are not true yet
        uint64_t used = (uint64_t)model->parts[PART_USED].value;
        uint64_t held = (uint64_t)model->held.value;
        if (used > model->peak_used.part_bytes[PART_USED]) {
            model_moment(model, &model->peak_used);
            model->peak_used_time = model->time;
            model->peak_used_applied = model->applied;
        }
        // Of moments that hold the same, the one that uses most.
        if (held > model->peak_held.held_bytes ||
            (held == model->peak_held.held_bytes &&
             used > model->peak_held.part_bytes[PART_USED])) {
            model_moment(model, &model->peak_held);
            model->peak_held_time = model->time;
        }
        if (used > model->point.used_max)
            model->point.used_max = used;
        if (held > model->point.held_max)
            model->point.held_max = held;
    }
    if (model->waiting > 0)
        repair_expire(model, false);
}

void heap_end(struct model *model) {
    snapshot_end(model);
    repair_expire(model, true);
    while (model->point_count < model->point_limit &&
           model->point_count * model->point_steps <= model->time)
        close_point(model);
    if (model->point_count > 0)
        model->points[model->point_count - 1].time = model->time;
}
