// memory_events.c - what happens to memory from the system, in the model.
#include "viewer/heap/memory_events.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/place.h"

// More than any address space has, so that sums of bytes stay far from 2^63.
static const uint64_t too_many_bytes = UINT64_C(1) << 52;

static void unmap_segment(struct model *model, uint64_t number) {
    struct segment *segment = spans_segment(&model->spans, number);
    uint64_t in_spans = (uint64_t)segment->count * model->span_bytes;
    int64_t decommitted = 0;
    for (uint32_t i = 0; i < segment->count; i++) {
        place_free(model, &segment->spans[i]);
        model_account(model, &segment->spans[i], -1);
        decommitted += (int64_t)segment->spans[i].decommitted;
    }
    model_add(model, &model->parts[PART_SEGMENT],
              -(int64_t)(segment->bytes - in_spans));
    model_add(model, &model->held, decommitted - (int64_t)segment->bytes);
    spans_remove_segment(&model->spans, number);
    model->segments--;
}

static bool segment_map(struct model *model, const struct trace_event *event,
                        bool force) {
    uint64_t number = event->value[0], bytes = event->value[2];
    uint64_t count = event->value[4];
    if (count == 0 || count > model->spans.per_segment ||
        bytes >= too_many_bytes || bytes < count * model->span_bytes)
        return model_impossible(model, event);
    if (spans_segment(&model->spans, number)) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        unmap_segment(model, number);
    }
    struct segment *segment = spans_add_segment(
        &model->spans, number, (uint32_t)count, model->span_bytes);
    if (!segment)
        return model_impossible(model, event);
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
    struct segment *segment = spans_segment(&model->spans, event->value[0]);
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

static bool can_commit(const struct span *span, uint64_t bytes, bool commit) {
    return commit ? bytes <= span->decommitted
                  : bytes <= span->bytes - span->decommitted;
}

static void commit_span(struct model *model, struct span *span, uint64_t bytes,
                        bool commit) {
    struct span *first = span->place == SPAN_IN_RUN ? span - span->run : span;
    if (!can_commit(span, bytes, commit))
        bytes = commit ? span->decommitted : span->bytes - span->decommitted;
    span_touch(first, model->time);
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
        return model_impossible(model, event);
    struct span *span = spans_find(&model->spans, number);
    if (!span) {
        if (force)
            model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    bool is_huge = number >= SPAN_HUGE_BIT;
    uint64_t room = is_huge ? 1 : spans_room(&model->spans, number);
    if (event->value[1] + event->value[2] > room * span->bytes)
        return model_impossible(model, event);
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
        return model_impossible(model, event);
    struct span *span =
        spans_add_huge(&model->spans, event->value[0], event->value[2]);
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
    struct span *span = spans_huge(&model->spans, event->value[0]);
    if (!span || span->live > 0) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_SPAN, SLOT_NEVER, event);
        if (!span)
            return true;
        blocks_drop(model, span, 0);
    }
    model_account(model, span, -1);
    model_add(model, &model->held,
              (int64_t)span->decommitted - (int64_t)span->bytes);
    spans_remove_huge(&model->spans, span);
    return true;
}

static bool bookkeeping(struct model *model, const struct trace_event *event,
                        bool force) {
    bool map = event->type == TRACE_EVENT_BOOKKEEPING_MAP;
    uint64_t bytes = event->value[1];
    if (bytes >= too_many_bytes)
        return model_impossible(model, event);
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

bool memory_event(struct model *model, const struct trace_event *event,
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
