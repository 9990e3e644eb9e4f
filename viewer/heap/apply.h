// apply.h - events of a trace, applied to the heap.
//
// Events come in the order of time of all rings. One whose cause comes later
// waits for it (repair.h). Each becomes changes of the heap, which are done and
// stand in heap.log.
#ifndef RPSCOPE_HEAP_APPLY_H
#define RPSCOPE_HEAP_APPLY_H

#include "viewer/heap/heap.h"

// `first`: the time of the first event, in steps.
void apply_start(struct heap *heap, const struct trace_tables *tables,
                 uint64_t first, struct change_log *log);
void apply_free(struct heap *heap);

// Events of all rings, in their one order.
void apply_events(struct heap *heap, const struct trace_event *events,
                  size_t count);
// No more events will come: what still waits is applied as it is.
void apply_end(struct heap *heap);

#endif
