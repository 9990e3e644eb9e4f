// apply.c - events of a trace, applied to the heap.
#include "viewer/heap/apply.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/event.h"
#include "viewer/heap/repair.h"
#include "viewer/heap/snapshot.h"

enum {
    PATIENCE_NS = 10000000, // how long an event waits for its cause
    AHEAD = 16,             // events whose spans are found together
};

void apply_start(struct heap *heap, const struct trace_tables *tables,
                 uint64_t first, struct change_log *log) {
    heap_start(heap, tables, first, log);
    uint64_t origin = trace_clock_ns(tables, first);
    uint64_t patience = trace_clock_steps(tables, origin + PATIENCE_NS);
    heap->repair =
        repair_new(tables->pool, patience > first ? patience - first : 0);
}

void apply_free(struct heap *heap) {
    repair_free(heap->spans.pool, heap->repair);
    snapshot_free(heap);
    heap_free(heap);
}

static inline bool names_block(const struct trace_event *event) {
    return event->type <= TRACE_EVENT_RESIZE;
}

static inline bool is_free(const struct trace_event *event) {
    return event->type == TRACE_EVENT_FREE ||
           event->type == TRACE_EVENT_FREE_DEFERRED;
}

// Where the event says which block: its span, and its number there.
static inline const uint64_t *place_of_block(const struct trace_event *event) {
    return &event->value[is_free(event) ? 0 : 2];
}

// Finds the spans of some events before their turn, and asks for them and for
// their slots: they lie far apart, and waiting for them is most of what
// applying an event costs.
static inline void look_ahead(const struct heap *heap,
                              const struct trace_event *events, size_t count,
                              struct span **spans) {
    for (size_t i = 0; i < count; i++) {
        spans[i] = names_block(&events[i])
                       ? spans_find(&heap->spans, place_of_block(&events[i])[0])
                       : NULL;
        __builtin_prefetch(spans[i], 1);
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t block = place_of_block(&events[i])[1];
        if (spans[i] && block < spans[i]->touched)
            __builtin_prefetch(&spans[i]->slots[block], 1);
    }
}

// What waits, and a state that was not told to its end, belong to the time
// before a snapshot that tells a new one.
static void before_snapshot(struct heap *heap,
                            const struct trace_event *event) {
    snapshot_end(heap);
    if (event->value[1] > 0)
        repair_expire(heap, true);
}

// Events of another ring begin, or the first ones after a flush.
static void begin_run(struct heap *heap, uint32_t ring) {
    struct change_log *log = heap->log;
    if (log->open) {
        struct heap_change *run = &log->list[log->open - 1];
        run->events = heap->events - run->event;
        run->last_time = heap->run_time;
    }
    log->open = 0; // a full log is handed on without it
    heap->event_ring = ring;
    heap_change(heap, CHANGE_EVENTS);
    log->open = log->count;
    heap->run_ring = ring;
}

// When a state is being told, or begins, or an event waits.
__attribute__((cold, noinline)) static void apply_slow(
    struct heap *heap, const struct trace_event *event) {
    heap->event_ring = event->ring;
    if (heap->telling)
        snapshot_tell(heap, event);
    if (event->type == TRACE_EVENT_SNAPSHOT)
        before_snapshot(heap, event);
    if (heap->waiting > 0 && repair_must_wait(heap, event)) {
        repair_wait(heap, event);
    } else if (!event_apply(heap, event, false)) {
        repair_wait(heap, event);
    } else if (heap->waiting > 0) {
        repair_retry(heap, event);
    }
    if (heap->waiting > 0)
        repair_expire(heap, false);
}

static inline bool apply_simple(struct heap *heap,
                                const struct trace_event *event,
                                struct span *span) {
    return is_free(event) ? blocks_free_simple(heap, event, span)
           : event->type <= TRACE_EVENT_REALLOC
               ? blocks_alloc_simple(heap, event, span)
               : false;
}

static inline void apply_event(struct heap *heap,
                               const struct trace_event *event,
                               struct span *span) {
    if (event->time > heap->start + heap->time)
        heap->time = event->time - heap->start;
    heap->events++;
    if (heap->run_ring != event->ring)
        begin_run(heap, event->ring);
    heap->run_time = heap->time;
    heap->event_ring = event->ring;
    if (heap->telling || heap->waiting > 0 ||
        event->type == TRACE_EVENT_SNAPSHOT)
        apply_slow(heap, event);
    else if (!apply_simple(heap, event, span) &&
             !event_apply(heap, event, false))
        repair_wait(heap, event);
}

void apply_events(struct heap *heap, const struct trace_event *events,
                  size_t count) {
    struct span *spans[AHEAD];
    for (size_t i = 0; i < count;) {
        size_t end = count - i < AHEAD ? count : i + AHEAD;
        uint64_t mappings = heap->mappings;
        look_ahead(heap, &events[i], end - i, spans);
        // What was found is true until spans come or go.
        for (struct span **span = spans; i < end && mappings == heap->mappings;
             i++, span++)
            apply_event(heap, &events[i], *span);
    }
}

void apply_end(struct heap *heap) {
    snapshot_end(heap);
    repair_expire(heap, true);
    heap_flush(heap);
}
