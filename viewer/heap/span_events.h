// span_events.h - what happens to spans.
//
// An event about a span is ready when the span is where the event says it comes
// from; else the event that brought it there is still to come from another
// thread's ring.
#ifndef RPSCOPE_HEAP_SPAN_EVENTS_H
#define RPSCOPE_HEAP_SPAN_EVENTS_H

#include "viewer/heap/heap.h"

// As blocks_alloc, for SPAN_ACQUIRE, _STATE, _RELEASE, _TRANSFER and
// DEFERRED_COLLECT.
bool span_event(struct heap *heap, const struct trace_event *event, bool force);

#endif
