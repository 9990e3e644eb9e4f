// memory_events.h - what happens to memory from the system.
//
// An event about a segment is ready when its spans are in no use.
#ifndef RPSCOPE_HEAP_MEMORY_EVENTS_H
#define RPSCOPE_HEAP_MEMORY_EVENTS_H

#include "viewer/heap/heap.h"

// As blocks_alloc, for segments, huge blocks, pages given back and taken again,
// and bookkeeping.
bool memory_event(struct heap *heap, const struct trace_event *event,
                  bool force);

#endif
