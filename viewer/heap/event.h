// event.h - one event of the trace, applied to the heap.
#ifndef RPSCOPE_HEAP_EVENT_H
#define RPSCOPE_HEAP_EVENT_H

#include "viewer/heap/heap.h"

// Applies the event when the heap is ready for it; false and no change when
// it is not. With `force` it is always done with: contradictions are counted.
bool event_apply(struct heap *heap, const struct trace_event *event,
                 bool force);

// What the event is about; UINT64_MAX for events that are about no span. An
// event about a segment names its first span.
uint64_t event_span(const struct heap *heap, const struct trace_event *event);
// The block an event is about, or UINT64_MAX when it is about all of a span.
uint64_t event_block(const struct trace_event *event);

#endif
