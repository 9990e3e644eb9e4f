// memory_events.c - what happens to memory from the system, in the heap.
#include "viewer/heap/memory_events.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/parts.h"
#include "viewer/heap/place.h"

// More than any address space has, so that sums of bytes stay far from 2^63.
static const uint64_t too_many_bytes = UINT64_C(1) << 52;

static void unmap_segment(struct heap *heap, uint64_t number) {
    struct segment *segment = spans_segment(&heap->spans, number);
    uint64_t decommitted = 0;
    for (uint32_t i = 0; i < segment->count; i++) {
        struct span *span = &segment->spans[i];
        place_free(heap, span);
        if (span->place != SPAN_IN_SEGMENT)
            place_set(heap, span, SPAN_IN_SEGMENT, span->heap);
        decommitted += span->decommitted;
    }
    struct heap_change *change = heap_change(heap, CHANGE_SEGMENT_UNMAPPED);
    change->span = (uint32_t)number;
    change->block = segment->count;
    change->bytes = (int64_t)segment->bytes;
    change->gone = decommitted;
    change->address = segment->address;
    change->span_address = segment->span_address;
    heap_do(heap, change);
}

static bool segment_map(struct heap *heap, const struct trace_event *event,
                        bool force) {
    uint64_t number = event->value[0], bytes = event->value[2];
    uint64_t count = event->value[4];
    if (count == 0 || count > heap->spans.per_segment ||
        bytes >= too_many_bytes || bytes < count * heap->span_bytes)
        return heap_impossible(heap, event);
    if (spans_segment(&heap->spans, number)) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        unmap_segment(heap, number);
    }
    if (!spans_can_add(&heap->spans, number))
        return heap_impossible(heap, event);
    struct heap_change *change = heap_change(heap, CHANGE_SEGMENT_MAPPED);
    change->span = (uint32_t)number;
    change->block = (uint32_t)count;
    change->bytes = (int64_t)bytes;
    change->address = event->value[1];
    change->span_address = event->value[3];
    heap_do(heap, change);
    return true;
}

static bool segment_unmap(struct heap *heap, const struct trace_event *event,
                          bool force) {
    struct segment *segment = spans_segment(&heap->spans, event->value[0]);
    bool ready = segment != NULL;
    for (uint32_t i = 0; ready && i < segment->count; i++)
        ready = segment->spans[i].place == SPAN_IN_SEGMENT ||
                segment->spans[i].place == SPAN_IN_GLOBAL;
    if (!ready && !force)
        return false;
    if (!ready)
        heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
    if (segment)
        unmap_segment(heap, event->value[0]);
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

// Where pages of a span are missed when they are gone.
static enum part part_of_pages(const struct span *span,
                               const struct span *first) {
    switch (first->place) {
    case SPAN_IN_SEGMENT:
        return PART_SEGMENT;
    case SPAN_IN_GLOBAL:
        return PART_GLOBAL_CACHE;
    case SPAN_IN_THREAD:
        return PART_THREAD_CACHE;
    default:
        return first->live + first->deferred == 0 ? PART_EMPTY
               : parts_are_deferred(first)        ? PART_DEFERRED
               : span->block_bytes > 0            ? PART_SPAN_FREE
                                                  : PART_SLACK;
    }
}

static void commit_span(struct heap *heap, struct span *span, uint64_t bytes,
                        bool commit) {
    struct span *first = span->place == SPAN_IN_RUN ? span - span->run : span;
    if (!can_commit(span, bytes, commit))
        bytes = commit ? span->decommitted : span->bytes - span->decommitted;
    struct heap_change *change = heap_change_of(heap, CHANGE_PAGES, span);
    change->part = (uint8_t)part_of_pages(span, first);
    change->bytes = commit ? -(int64_t)bytes : (int64_t)bytes;
    heap_do(heap, change);
}

static bool commit_event(struct heap *heap, const struct trace_event *event,
                         bool force) {
    bool commit = event->type == TRACE_EVENT_SPAN_COMMIT;
    uint64_t number = event->value[0];
    if (event->value[1] >= too_many_bytes || event->value[2] >= too_many_bytes)
        return heap_impossible(heap, event);
    struct span *span = spans_find(&heap->spans, number);
    if (!span) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    bool is_huge = number >= SPAN_HUGE_BIT;
    uint64_t room = is_huge ? 1 : spans_room(&heap->spans, number);
    if (event->value[1] + event->value[2] > room * span->bytes)
        return heap_impossible(heap, event);
    bool ready = true;
    for (uint64_t i = 0; i < room; i++)
        ready &= can_commit(&span[i], overlap(event, i, span->bytes), commit);
    if (!ready) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_COUNT, SLOT_NEVER, event);
    }
    for (uint64_t i = 0; i < room; i++) {
        uint64_t bytes = overlap(event, i, span->bytes);
        if (bytes > 0)
            commit_span(heap, &span[i], bytes, commit);
    }
    return true;
}

static bool huge_map(struct heap *heap, const struct trace_event *event,
                     bool force) {
    if (event->value[2] >= too_many_bytes ||
        event->value[2] < heap->header_bytes)
        return heap_impossible(heap, event);
    uint64_t number = event->value[0];
    if (number < SPAN_HUGE_BIT || number > UINT32_MAX ||
        spans_huge(&heap->spans, number)) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        return force;
    }
    struct heap_change *change = heap_change(heap, CHANGE_HUGE_MAPPED);
    change->span = (uint32_t)number;
    change->address = event->value[1];
    change->bytes = (int64_t)event->value[2];
    heap_do(heap, change);
    return true;
}

static bool huge_unmap(struct heap *heap, const struct trace_event *event,
                       bool force) {
    struct span *span = spans_huge(&heap->spans, event->value[0]);
    if (!span || span->live > 0) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_SPAN, SLOT_NEVER, event);
        if (!span)
            return true;
        blocks_drop(heap, span, 0);
    }
    struct heap_change *change =
        heap_change_of(heap, CHANGE_HUGE_UNMAPPED, span);
    change->bytes = (int64_t)span->bytes;
    change->gone = span->decommitted;
    heap_do(heap, change);
    return true;
}

static bool bookkeeping(struct heap *heap, const struct trace_event *event,
                        bool force) {
    bool map = event->type == TRACE_EVENT_BOOKKEEPING_MAP;
    uint64_t bytes = event->value[1];
    if (bytes >= too_many_bytes)
        return heap_impossible(heap, event);
    if (!map && bytes > heap->bookkeeping_bytes) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_COUNT, SLOT_NEVER, event);
        bytes = heap->bookkeeping_bytes;
    }
    struct heap_change *change = heap_change(heap, CHANGE_BOOKKEEPING);
    change->bytes = map ? (int64_t)bytes : -(int64_t)bytes;
    heap_do(heap, change);
    return true;
}

bool memory_event(struct heap *heap, const struct trace_event *event,
                  bool force) {
    switch (event->type) {
    case TRACE_EVENT_SEGMENT_MAP:
        return segment_map(heap, event, force);
    case TRACE_EVENT_SEGMENT_UNMAP:
        return segment_unmap(heap, event, force);
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
        return commit_event(heap, event, force);
    case TRACE_EVENT_HUGE_MAP:
        return huge_map(heap, event, force);
    case TRACE_EVENT_HUGE_UNMAP:
        return huge_unmap(heap, event, force);
    default:
        return bookkeeping(heap, event, force);
    }
}
