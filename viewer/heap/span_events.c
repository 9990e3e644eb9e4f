// span_events.c - what happens to spans, in the heap.
#include "viewer/heap/span_events.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/place.h"

static uint8_t place_named(uint64_t place) {
    switch (place) {
    case TRACE_PLACE_SEGMENT:
        return SPAN_IN_SEGMENT;
    case TRACE_PLACE_GLOBAL_CACHE:
        return SPAN_IN_GLOBAL;
    case TRACE_PLACE_THREAD_CACHE:
        return SPAN_IN_THREAD;
    default:
        return SPAN_IN_HEAP;
    }
}

// Free spans of a segment, with their memory (global cache) or without, are one
// set to the allocator: a run may begin among the ones and end among the
// others.
static bool is_in(const struct span *span, uint8_t place) {
    if (place == SPAN_IN_SEGMENT || place == SPAN_IN_GLOBAL)
        return span->place == SPAN_IN_SEGMENT || span->place == SPAN_IN_GLOBAL;
    return span->place == place;
}

static bool all_in(const struct span *span, uint64_t count, uint8_t place) {
    for (uint64_t i = 0; i < count; i++)
        if (!is_in(&span[i], place))
            return false;
    return true;
}

// For an event that was forced: frees what is not in the right place.
static void clear_the_way(struct heap *heap, const struct trace_event *event,
                          struct span *span, uint64_t count, uint8_t from) {
    bool wrong = false;
    for (uint64_t i = 0; i < count; i++) {
        wrong |= !is_in(&span[i], from);
        place_free(heap, &span[i]);
    }
    if (wrong)
        heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
}

static bool span_acquire(struct heap *heap, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1], class_index = event->value[3];
    uint64_t room = spans_room(&heap->spans, event->value[0]);
    uint8_t from = place_named(event->value[4]);
    const struct trace_class *class = class_index < heap->tables->class_count
                                          ? &heap->tables->classes[class_index]
                                          : NULL;

    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room ||
        (!class && class_index != TRACE_CLASS_LARGE) ||
        (class && (uint64_t) class->block_bytes * class->blocks_per_span >
                      heap->span_bytes))
        return heap_impossible(heap, event);
    struct span *span = spans_find(&heap->spans, event->value[0]);
    uint32_t number = (uint32_t)event->value[2];
    if (from == SPAN_IN_HEAP && span->place == SPAN_IN_HEAP &&
        span->class_index == class_index) {
        // Came with its blocks, from an orphaned heap.
        struct span_use use = place_of(span);
        use.heap = number;
        place_use(heap, span, &use);
        return true;
    }
    if (!all_in(span, count, from) || from == SPAN_IN_HEAP) {
        if (!force)
            return false;
        clear_the_way(heap, event, span, count, from);
    }
    for (uint64_t i = 0; i < count; i++) {
        bool first = class || i == 0;
        place_use(
            heap, &span[i],
            &(struct span_use){.heap = number,
                               .run = class    ? 1
                                      : i == 0 ? (uint32_t)count
                                               : (uint32_t)i,
                               .place = first ? SPAN_IN_HEAP : SPAN_IN_RUN,
                               .class_index = (uint8_t)class_index,
                               .state = TRACE_SPAN_ACTIVE});
    }
    return true;
}

static bool span_release(struct heap *heap, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_room(&heap->spans, event->value[0]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room ||
        place_named(event->value[3]) == SPAN_IN_HEAP)
        return heap_impossible(heap, event);
    struct span *span = spans_find(&heap->spans, event->value[0]);
    bool ready = span->place == SPAN_IN_HEAP && span->run == count &&
                 span->live + span->deferred == 0;
    if (!ready) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        for (uint64_t i = 0; i < count; i++)
            place_free(heap, &span[i]);
    }
    for (uint64_t i = 0; i < count; i++)
        place_set(heap, &span[i], place_named(event->value[3]),
                  (uint32_t)event->value[2]);
    return true;
}

static bool span_transfer(struct heap *heap, const struct trace_event *event,
                          bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_room(&heap->spans, event->value[0]);
    uint8_t from = place_named(event->value[3]),
            to = place_named(event->value[4]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room || from == SPAN_IN_HEAP ||
        to == SPAN_IN_HEAP)
        return heap_impossible(heap, event);
    struct span *span = spans_find(&heap->spans, event->value[0]);
    if (!all_in(span, count, from)) {
        if (!force)
            return false;
        clear_the_way(heap, event, span, count, from);
    }
    for (uint64_t i = 0; i < count; i++)
        place_set(heap, &span[i], to, (uint32_t)event->value[2]);
    return true;
}

static bool deferred_collect(struct heap *heap, const struct trace_event *event,
                             bool force) {
    struct span *span = spans_find(&heap->spans, event->value[0]);
    uint64_t count = event->value[2];
    if (!span || span->place != SPAN_IN_HEAP || span->deferred < count) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_COUNT, SLOT_NEVER, event);
        if (!span || span->place != SPAN_IN_HEAP)
            return true;
        count = span->deferred;
    }
    blocks_collect(heap, span, (uint32_t)count, (uint32_t)event->value[1]);
    return true;
}

static bool span_state(struct heap *heap, const struct trace_event *event,
                       bool force) {
    struct span *span = spans_find(&heap->spans, event->value[0]);
    if (!span || span->place != SPAN_IN_HEAP) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    struct span_use use = place_of(span);
    use.state = (uint8_t)event->value[1];
    if (use.state != span->state)
        place_use(heap, span, &use);
    return true;
}

bool span_event(struct heap *heap, const struct trace_event *event,
                bool force) {
    switch (event->type) {
    case TRACE_EVENT_SPAN_ACQUIRE:
        return span_acquire(heap, event, force);
    case TRACE_EVENT_SPAN_RELEASE:
        return span_release(heap, event, force);
    case TRACE_EVENT_SPAN_TRANSFER:
        return span_transfer(heap, event, force);
    case TRACE_EVENT_DEFERRED_COLLECT:
        return deferred_collect(heap, event, force);
    default: // TRACE_EVENT_SPAN_STATE
        return span_state(heap, event, force);
    }
}
