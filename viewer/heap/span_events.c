// span_events.c - what happens to spans, in the model.
#include "viewer/heap/span_events.h"

#include "viewer/heap/place.h"

static uint8_t place_of(uint64_t place) {
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
static void clear_the_way(struct model *model, const struct trace_event *event,
                          struct span *span, uint64_t count, uint8_t from) {
    bool wrong = false;
    for (uint64_t i = 0; i < count; i++) {
        wrong |= !is_in(&span[i], from);
        place_free(model, &span[i]);
    }
    if (wrong)
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
}

static bool span_acquire(struct model *model, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1], class_index = event->value[3];
    uint64_t room = spans_room(&model->spans, event->value[0]);
    uint8_t from = place_of(event->value[4]);
    const struct trace_class *class = class_index < model->tables->class_count
                                          ? &model->tables->classes[class_index]
                                          : NULL;

    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room ||
        (!class && class_index != TRACE_CLASS_LARGE) ||
        (class && (uint64_t) class->block_bytes * class->blocks_per_span >
                      model->span_bytes))
        return model_impossible(model, event);
    struct span *span = spans_find(&model->spans, event->value[0]);
    uint32_t heap = (uint32_t)event->value[2];
    if (from == SPAN_IN_HEAP && span->place == SPAN_IN_HEAP &&
        span->class_index == class_index) {
        span->heap = heap; // came with its blocks, from an orphaned heap
        return true;
    }
    if (!all_in(span, count, from) || from == SPAN_IN_HEAP) {
        if (!force)
            return false;
        clear_the_way(model, event, span, count, from);
    }
    for (uint64_t i = 0; i < count; i++)
        model_account(model, &span[i], -1);
    for (uint64_t i = 0; i < count; i++) {
        bool first = class || i == 0;
        span[i].place = first ? SPAN_IN_HEAP : SPAN_IN_RUN;
        span[i].class_index = (uint8_t)class_index;
        span[i].heap = heap;
        span[i].state = TRACE_SPAN_ACTIVE;
        span[i].block_bytes = class ? class->block_bytes : 0;
        span[i].run = class ? 1 : i == 0 ? (uint32_t)count : (uint32_t)i;
        span[i].share_time = model->time;
        span[i].share_sum = 0;
        if (first)
            spans_give_slots(&span[i], class ? class->blocks_per_span : 1);
    }
    for (uint64_t i = 0; i < count; i++)
        model_account(model, &span[i], 1);
    return true;
}

static bool span_release(struct model *model, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_room(&model->spans, event->value[0]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room || place_of(event->value[3]) == SPAN_IN_HEAP)
        return model_impossible(model, event);
    struct span *span = spans_find(&model->spans, event->value[0]);
    bool ready = span->place == SPAN_IN_HEAP && span->run == count &&
                 span->live + span->deferred == 0;
    if (!ready) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        for (uint64_t i = 0; i < count; i++)
            place_free(model, &span[i]);
    } else {
        place_free(model, span);
    }
    for (uint64_t i = 0; i < count; i++)
        place_set(model, &span[i], place_of(event->value[3]),
                  (uint32_t)event->value[2]);
    return true;
}

static bool span_transfer(struct model *model, const struct trace_event *event,
                          bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_room(&model->spans, event->value[0]);
    uint8_t from = place_of(event->value[3]), to = place_of(event->value[4]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room || from == SPAN_IN_HEAP ||
        to == SPAN_IN_HEAP)
        return model_impossible(model, event);
    struct span *span = spans_find(&model->spans, event->value[0]);
    if (!all_in(span, count, from)) {
        if (!force)
            return false;
        clear_the_way(model, event, span, count, from);
    }
    for (uint64_t i = 0; i < count; i++)
        place_set(model, &span[i], to, (uint32_t)event->value[2]);
    return true;
}

static bool deferred_collect(struct model *model,
                             const struct trace_event *event, bool force) {
    struct span *span = spans_find(&model->spans, event->value[0]);
    uint64_t count = event->value[2];
    if (!span || span->place != SPAN_IN_HEAP || span->deferred < count) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
        if (!span || span->place != SPAN_IN_HEAP)
            return true;
        count = span->deferred;
    }
    span_touch(span, model->time);
    model_account(model, span, -1);
    span->deferred -= (uint32_t)count;
    span->heap = (uint32_t)event->value[1];
    model->classes[span->class_index].deferred -= count;
    model_account(model, span, 1);
    return true;
}

bool span_event(struct model *model, const struct trace_event *event,
                bool force) {
    switch (event->type) {
    case TRACE_EVENT_SPAN_ACQUIRE:
        return span_acquire(model, event, force);
    case TRACE_EVENT_SPAN_RELEASE:
        return span_release(model, event, force);
    case TRACE_EVENT_SPAN_TRANSFER:
        return span_transfer(model, event, force);
    case TRACE_EVENT_DEFERRED_COLLECT:
        return deferred_collect(model, event, force);
    default: { // TRACE_EVENT_SPAN_STATE
        struct span *span = spans_find(&model->spans, event->value[0]);
        if (span && span->place == SPAN_IN_HEAP)
            span->state = (uint8_t)event->value[1];
        else if (force)
            model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        else
            return false;
        return true;
    }
    }
}
