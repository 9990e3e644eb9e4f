// span_events.c - what happens to spans and to memory, in the model.
//
// An event about a span is ready when the span is where the event says it comes
// from; else the event that brought it there is still to come from another
// thread's ring.
#include "viewer/heap/heap.h"

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

// Spans from the given one to the end of its segment; 0 when there is none.
static uint64_t spans_from(const struct model *model, uint64_t number) {
    if (number >= SPAN_HUGE_BIT)
        return 0;
    struct model_segment *segment =
        heap_segment(&model->spans, number / model->spans.per_segment);
    uint64_t index = number % model->spans.per_segment;
    return segment && index < segment->count ? segment->count - index : 0;
}

// The blocks of a span in a heap end, and with them its life in the heap. The
// spans of a run are single spans again, in place SPAN_IN_SEGMENT.
static void leave_heap(struct model *model, struct model_span *span) {
    for (uint32_t i = 0; span->live > 0 && i < span->blocks; i++)
        model_drop_block(model, span, i);
    model_touch(model, span);
    model_account(model, span, -1);
    model->classes[span->class_index].deferred -= span->deferred;
    span->deferred = 0;
    for (uint32_t i = 0; i < span->run; i++)
        span[i].place = SPAN_AWAY;
    uint32_t run = span->run;
    span->run = 1;
    for (uint32_t i = 0; i < run; i++) {
        span[i].run = 1;
        span[i].blocks = 0;
        span[i].place = SPAN_IN_SEGMENT;
        model_account(model, &span[i], 1);
    }
}

static void set_place(struct model *model, struct model_span *span,
                      uint8_t place, uint32_t heap) {
    model_account(model, span, -1);
    span->place = place;
    span->heap = heap;
    model_account(model, span, 1);
}

// Takes a span out of whatever use it has, for an event that has to be done.
static void set_free(struct model *model, struct model_span *span) {
    if (span->place == SPAN_IN_RUN)
        span -= span->run;
    if (span->place == SPAN_IN_HEAP)
        leave_heap(model, span);
}

// Free spans of a segment, with their memory (global cache) or without, are one
// set to the allocator: a run may begin among the ones and end among the
// others.
static bool is_in(const struct model_span *span, uint8_t place) {
    if (place == SPAN_IN_SEGMENT || place == SPAN_IN_GLOBAL)
        return span->place == SPAN_IN_SEGMENT || span->place == SPAN_IN_GLOBAL;
    return span->place == place;
}

static bool all_in(const struct model_span *span, uint64_t count,
                   uint8_t place) {
    for (uint64_t i = 0; i < count; i++)
        if (!is_in(&span[i], place))
            return false;
    return true;
}

// For an event that was forced: frees what is not in the right place.
static void clear_the_way(struct model *model, const struct trace_event *event,
                          struct model_span *span, uint64_t count,
                          uint8_t from) {
    bool wrong = false;
    for (uint64_t i = 0; i < count; i++) {
        wrong |= !is_in(&span[i], from);
        set_free(model, &span[i]);
    }
    if (wrong)
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
}

static bool impossible(struct model *model, const struct trace_event *event) {
    model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
    return true;
}

static bool span_acquire(struct model *model, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1], class_index = event->value[3];
    uint64_t room = spans_from(model, event->value[0]);
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
        return impossible(model, event);
    struct model_span *span = heap_span(&model->spans, event->value[0]);
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
            heap_span_slots(&span[i], class ? class->blocks_per_span : 1);
    }
    for (uint64_t i = 0; i < count; i++)
        model_account(model, &span[i], 1);
    return true;
}

static bool span_release(struct model *model, const struct trace_event *event,
                         bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_from(model, event->value[0]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room || place_of(event->value[3]) == SPAN_IN_HEAP)
        return impossible(model, event);
    struct model_span *span = heap_span(&model->spans, event->value[0]);
    bool ready = span->place == SPAN_IN_HEAP && span->run == count &&
                 span->live + span->deferred == 0;
    if (!ready) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        for (uint64_t i = 0; i < count; i++)
            set_free(model, &span[i]);
    } else {
        leave_heap(model, span);
    }
    for (uint64_t i = 0; i < count; i++)
        set_place(model, &span[i], place_of(event->value[3]),
                  (uint32_t)event->value[2]);
    return true;
}

static bool span_transfer(struct model *model, const struct trace_event *event,
                          bool force) {
    uint64_t count = event->value[1];
    uint64_t room = spans_from(model, event->value[0]);
    uint8_t from = place_of(event->value[3]), to = place_of(event->value[4]);
    if (room == 0 && !force)
        return false;
    if (count == 0 || count > room || from == SPAN_IN_HEAP ||
        to == SPAN_IN_HEAP)
        return impossible(model, event);
    struct model_span *span = heap_span(&model->spans, event->value[0]);
    if (!all_in(span, count, from)) {
        if (!force)
            return false;
        clear_the_way(model, event, span, count, from);
    }
    for (uint64_t i = 0; i < count; i++)
        set_place(model, &span[i], to, (uint32_t)event->value[2]);
    return true;
}

static bool deferred_collect(struct model *model,
                             const struct trace_event *event, bool force) {
    struct model_span *span = heap_span(&model->spans, event->value[0]);
    uint64_t count = event->value[2];
    if (!span || span->place != SPAN_IN_HEAP || span->deferred < count) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
        if (!span || span->place != SPAN_IN_HEAP)
            return true;
        count = span->deferred;
    }
    model_touch(model, span);
    model_account(model, span, -1);
    span->deferred -= (uint32_t)count;
    span->heap = (uint32_t)event->value[1];
    model->classes[span->class_index].deferred -= count;
    model_account(model, span, 1);
    return true;
}

bool model_span_event(struct model *model, const struct trace_event *event,
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
        struct model_span *span = heap_span(&model->spans, event->value[0]);
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

// ---- memory ----

// More than any address space has, so that sums of bytes stay far from 2^63.
static const uint64_t too_many_bytes = UINT64_C(1) << 52;

static void unmap_segment(struct model *model, uint64_t number) {
    struct model_segment *segment = heap_segment(&model->spans, number);
    uint64_t in_spans = (uint64_t)segment->count * model->span_bytes;
    int64_t decommitted = 0;
    for (uint32_t i = 0; i < segment->count; i++) {
        set_free(model, &segment->spans[i]);
        model_account(model, &segment->spans[i], -1);
        decommitted += (int64_t)segment->spans[i].decommitted;
    }
    model_add(model, &model->parts[PART_SEGMENT],
              -(int64_t)(segment->bytes - in_spans));
    model_add(model, &model->held, decommitted - (int64_t)segment->bytes);
    heap_segment_remove(&model->spans, number);
    model->segments--;
}

static bool segment_map(struct model *model, const struct trace_event *event,
                        bool force) {
    uint64_t number = event->value[0], bytes = event->value[2];
    uint64_t count = event->value[4];
    if (count == 0 || count > model->spans.per_segment ||
        bytes >= too_many_bytes || bytes < count * model->span_bytes)
        return impossible(model, event);
    if (heap_segment(&model->spans, number)) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        unmap_segment(model, number);
    }
    struct model_segment *segment = heap_segment_add(
        &model->spans, number, (uint32_t)count, model->span_bytes);
    if (!segment)
        return impossible(model, event);
    segment->address = event->value[1];
    segment->bytes = bytes;
    segment->span_address = event->value[3];
    // What alignment costs, and then every span as it is.
    model_add(model, &model->held, (int64_t)bytes);
    model_add(model, &model->parts[PART_SEGMENT],
              (int64_t)(bytes - count * model->span_bytes));
    for (uint64_t i = 0; i < count; i++)
        model_account(model, &segment->spans[i], 1);
    model->segments++;
    return true;
}

static bool segment_unmap(struct model *model, const struct trace_event *event,
                          bool force) {
    struct model_segment *segment =
        heap_segment(&model->spans, event->value[0]);
    bool ready = segment != NULL;
    for (uint32_t i = 0; ready && i < segment->count; i++)
        ready = segment->spans[i].place == SPAN_IN_SEGMENT ||
                segment->spans[i].place == SPAN_IN_GLOBAL;
    if (!ready && !force)
        return false;
    if (!ready)
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
    if (segment)
        unmap_segment(model, event->value[0]);
    return true;
}

// Bytes of [offset, offset + bytes) that lie in the span with this index,
// counted from the span that the event names.
static uint64_t overlap(const struct trace_event *event, uint64_t index,
                        uint64_t span_bytes) {
    uint64_t start = event->value[1], end = start + event->value[2];
    uint64_t low = index * span_bytes, high = low + span_bytes;
    if (start > low)
        low = start;
    if (end < high)
        high = end;
    return high > low ? high - low : 0;
}

static bool can_commit(const struct model_span *span, uint64_t bytes,
                       bool commit) {
    return commit ? bytes <= span->decommitted
                  : bytes <= span->bytes - span->decommitted;
}

static void commit_span(struct model *model, struct model_span *span,
                        uint64_t bytes, bool commit) {
    struct model_span *first =
        span->place == SPAN_IN_RUN ? span - span->run : span;
    if (!can_commit(span, bytes, commit))
        bytes = commit ? span->decommitted : span->bytes - span->decommitted;
    model_touch(model, first);
    model_account(model, first, -1);
    if (commit)
        span->decommitted -= bytes;
    else
        span->decommitted += bytes;
    model_account(model, first, 1);
    model_add(model, &model->held, commit ? (int64_t)bytes : -(int64_t)bytes);
}

static bool commit_event(struct model *model, const struct trace_event *event,
                         bool force) {
    bool commit = event->type == TRACE_EVENT_SPAN_COMMIT;
    uint64_t number = event->value[0];
    if (event->value[1] >= too_many_bytes || event->value[2] >= too_many_bytes)
        return impossible(model, event);
    struct model_span *span = heap_span(&model->spans, number);
    if (!span) {
        if (force)
            model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    bool is_huge = number >= SPAN_HUGE_BIT;
    uint64_t room = is_huge ? 1 : spans_from(model, number);
    if (event->value[1] + event->value[2] > room * span->bytes)
        return impossible(model, event);
    bool ready = true;
    for (uint64_t i = 0; i < room; i++)
        ready &= can_commit(&span[i], overlap(event, i, span->bytes), commit);
    if (!ready) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
    }
    for (uint64_t i = 0; i < room; i++) {
        uint64_t bytes = overlap(event, i, span->bytes);
        if (bytes > 0)
            commit_span(model, &span[i], bytes, commit);
    }
    return true;
}

static bool huge_map(struct model *model, const struct trace_event *event,
                     bool force) {
    if (event->value[2] >= too_many_bytes ||
        event->value[2] < model->header_bytes)
        return impossible(model, event);
    struct model_span *span =
        heap_huge_add(&model->spans, event->value[0], event->value[2]);
    if (!span) {
        if (force)
            model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    span->place = SPAN_IN_HEAP;
    span->class_index = TRACE_CLASS_HUGE;
    model_add(model, &model->held, (int64_t)span->bytes);
    model_account(model, span, 1);
    return true;
}

static bool huge_unmap(struct model *model, const struct trace_event *event,
                       bool force) {
    struct model_span *span = heap_huge(&model->spans, event->value[0]);
    if (!span || span->live > 0) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        if (!span)
            return true;
        model_drop_block(model, span, 0);
    }
    model_account(model, span, -1);
    model_add(model, &model->held,
              (int64_t)span->decommitted - (int64_t)span->bytes);
    heap_huge_remove(&model->spans, span);
    return true;
}

static bool bookkeeping(struct model *model, const struct trace_event *event,
                        bool force) {
    bool map = event->type == TRACE_EVENT_BOOKKEEPING_MAP;
    uint64_t bytes = event->value[1];
    if (bytes >= too_many_bytes)
        return impossible(model, event);
    if (!map && bytes > model->bookkeeping_bytes) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_COUNT, SLOT_NEVER, event);
        bytes = model->bookkeeping_bytes;
    }
    model->bookkeeping_bytes += map ? bytes : 0 - bytes;
    int64_t change = map ? (int64_t)bytes : -(int64_t)bytes;
    model_add(model, &model->held, change);
    model_add(model, &model->parts[PART_OVERHEAD], change);
    return true;
}

bool model_memory_event(struct model *model, const struct trace_event *event,
                        bool force) {
    switch (event->type) {
    case TRACE_EVENT_SEGMENT_MAP:
        return segment_map(model, event, force);
    case TRACE_EVENT_SEGMENT_UNMAP:
        return segment_unmap(model, event, force);
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
        return commit_event(model, event, force);
    case TRACE_EVENT_HUGE_MAP:
        return huge_map(model, event, force);
    case TRACE_EVENT_HUGE_UNMAP:
        return huge_unmap(model, event, force);
    default:
        return bookkeeping(model, event, force);
    }
}
