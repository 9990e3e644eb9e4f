// repair.h - events that came before their cause.
//
// The clocks of two processors may differ by less than a microsecond, so the
// free of a block may be read before its allocation. Such an event waits until
// the heap is ready for it. Events of one ring about one block or span keep
// their order. What waits for longer than a bound is no matter of clocks: it
// is applied as well as can be, and counted as a contradiction.
#ifndef RPSCOPE_HEAP_REPAIR_H
#define RPSCOPE_HEAP_REPAIR_H

#include "viewer/heap/heap.h"

struct repair *repair_new(struct pool *pool, uint64_t patience_steps);
void repair_free(struct pool *pool, struct repair *repair);

// True when an event of the same ring about the same block or span waits.
bool repair_must_wait(const struct heap *heap, const struct trace_event *event);
void repair_wait(struct heap *heap, const struct trace_event *event);
// The event was applied: others that wait for its span may go on.
void repair_retry(struct heap *heap, const struct trace_event *event);
// Gives up on events that wait for too long; all with `everything`.
void repair_expire(struct heap *heap, bool everything);

#endif
