// event.c - one event of the trace, applied to the heap.
#include "viewer/heap/event.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/memory_events.h"
#include "viewer/heap/snapshot.h"
#include "viewer/heap/span_events.h"

uint64_t event_span(const struct heap *heap, const struct trace_event *event) {
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        return event->value[2];
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
        return event->value[0] < SPAN_HUGE_BIT
                   ? event->value[0] * heap->spans.per_segment
                   : UINT64_MAX - 1;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
    case TRACE_EVENT_INHERITED:
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
        return event->value[0];
    default:
        return UINT64_MAX;
    }
}

uint64_t event_block(const struct trace_event *event) {
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
    case TRACE_EVENT_RESIZE:
        return event->value[3];
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        return event->value[1];
    default:
        return UINT64_MAX;
    }
}

// Whether an event that moves nothing has numbers that cannot be.
static bool says_nonsense(const struct trace_event *event) {
    switch (event->type) {
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_RESET:
    case TRACE_EVENT_HEAP_ORPHAN:
    case TRACE_EVENT_HEAP_NAME:
        return event->value[0] >= HEAP_MAX_HEAPS;
    case TRACE_EVENT_PAGES:
        return event->value[0] >= UINT64_C(1) << 63 ||
               event->value[1] >= UINT64_C(1) << 52;
    case TRACE_EVENT_RESIDENCY:
        return event->value[1] >= UINT64_C(1) << 52 ||
               event->value[2] > event->value[1];
    default:
        return false;
    }
}

static bool note(struct heap *heap, const struct trace_event *event) {
    if (says_nonsense(event))
        return heap_impossible(heap, event);
    heap_note(heap, event);
    return true;
}

// The slots of the span that the event names, when they are packed.
static void unpack(const struct heap *heap, const struct trace_event *event) {
    uint64_t number = event_span(heap, event);
    struct span *span =
        number <= UINT32_MAX ? spans_find(&heap->spans, number) : NULL;
    if (span)
        spans_unpack(&heap->spans, span);
}

bool event_apply(struct heap *heap, const struct trace_event *event,
                 bool force) {
    heap->event_ring = event->ring;
    if (heap->spans.source && (event->type <= TRACE_EVENT_RESIZE ||
                               event->type == TRACE_EVENT_INHERITED))
        unpack(heap, event);
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        return blocks_alloc(heap, event, force);
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        return blocks_free(heap, event, force);
    case TRACE_EVENT_RESIZE:
        return blocks_resize(heap, event, force);
    case TRACE_EVENT_INHERITED:
        return blocks_inherit(heap, event, force);
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
        return span_event(heap, event, force);
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        return memory_event(heap, event, force);
    case TRACE_EVENT_SNAPSHOT:
    case TRACE_EVENT_SNAPSHOT_CLASS:
    case TRACE_EVENT_SNAPSHOT_END:
        snapshot_event(heap, event);
        return true;
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_RESET:
    case TRACE_EVENT_HEAP_ORPHAN:
    case TRACE_EVENT_HEAP_NAME:
    case TRACE_EVENT_FREED_BY:
    case TRACE_EVENT_PAGES:
    case TRACE_EVENT_MARK:
    case TRACE_EVENT_FINDING:
    case TRACE_EVENT_PAUSE:
    case TRACE_EVENT_LOST:
        return note(heap, event);
    case TRACE_EVENT_TAG:
        note(heap, event);
        if (!heap->saw_tag) // the heap is to be looked at as it is now
            heap_flush(heap);
        heap->saw_tag = true;
        return true;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_NAME:
    case TRACE_EVENT_RESIDENCY:
    case TRACE_EVENT_WALK_BEGIN:
    case TRACE_EVENT_WALK_CLASS:
    case TRACE_EVENT_WALK_END:
        // The run of events ends, for the ring may go on to another thread; or
        // what is said is compared with the heap as it is.
        note(heap, event);
        heap_flush(heap);
        return true;
    default: // tells of nothing that is kept
        return true;
    }
}
