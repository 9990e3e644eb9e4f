// event.c - one event of the trace, applied to the model.
#include "viewer/heap/event.h"

#include "viewer/heap/blocks.h"
#include "viewer/heap/check.h"
#include "viewer/heap/memory_events.h"
#include "viewer/heap/notes.h"
#include "viewer/heap/snapshot.h"
#include "viewer/heap/span_events.h"
#include "viewer/heap/threads.h"

uint64_t event_span(const struct model *model,
                    const struct trace_event *event) {
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
                   ? event->value[0] * model->spans.per_segment
                   : UINT64_MAX - 1;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
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

bool event_apply(struct model *model, const struct trace_event *event,
                 bool force) {
    switch (event->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        return blocks_alloc(model, event, force);
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        return blocks_free(model, event, force);
    case TRACE_EVENT_RESIZE:
        return blocks_resize(model, event, force);
    case TRACE_EVENT_SPAN_ACQUIRE:
    case TRACE_EVENT_SPAN_STATE:
    case TRACE_EVENT_SPAN_RELEASE:
    case TRACE_EVENT_SPAN_TRANSFER:
    case TRACE_EVENT_DEFERRED_COLLECT:
        return span_event(model, event, force);
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_SEGMENT_UNMAP:
    case TRACE_EVENT_SPAN_DECOMMIT:
    case TRACE_EVENT_SPAN_COMMIT:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_HUGE_UNMAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
    case TRACE_EVENT_BOOKKEEPING_UNMAP:
        return memory_event(model, event, force);
    case TRACE_EVENT_HEAP_CREATE:
    case TRACE_EVENT_HEAP_ADOPT:
    case TRACE_EVENT_HEAP_RESET:
    case TRACE_EVENT_HEAP_ORPHAN:
        threads_heap_event(model, event);
        return true;
    case TRACE_EVENT_THREAD_START:
    case TRACE_EVENT_THREAD_END:
    case TRACE_EVENT_THREAD_NAME:
        threads_event(model, event);
        return true;
    case TRACE_EVENT_MARK:
        notes_mark(model, event);
        return true;
    case TRACE_EVENT_RESIDENCY:
        notes_residency(model, event);
        return true;
    case TRACE_EVENT_LOST:
        model->lost_events += event->value[0];
        return true;
    case TRACE_EVENT_WALK_BEGIN:
    case TRACE_EVENT_WALK_CLASS:
    case TRACE_EVENT_WALK_END:
        check_walk_event(model, event);
        return true;
    case TRACE_EVENT_SNAPSHOT:
    case TRACE_EVENT_SNAPSHOT_CLASS:
    case TRACE_EVENT_SNAPSHOT_END:
        snapshot_event(model, event);
        return true;
    default: // tells of nothing that the model keeps
        return true;
    }
}
