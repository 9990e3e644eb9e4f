// heap.h - the recorded heap, rebuilt event by event.
//
// Events come in the order of time of all rings. One whose cause comes later
// waits for it (repair.h).
#ifndef RPSCOPE_HEAP_HEAP_H
#define RPSCOPE_HEAP_HEAP_H

#include "viewer/heap/model.h"

// `first` and `last`: times of the whole recording, in steps.
void heap_start(struct model *model, const struct trace_tables *tables,
                uint64_t first, uint64_t last);
void heap_free(struct model *model);

// Events of all rings, in their one order.
void heap_apply(struct model *model, const struct trace_event *events,
                size_t count);
// No more events will come: what still waits is applied as it is, and the
// timeline is closed.
void heap_end(struct model *model);

#endif
