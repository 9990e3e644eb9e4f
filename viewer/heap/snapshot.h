// snapshot.h - snapshots: the state of all heaps as the recorder tells it.
//
// A state that comes behind a gap takes the place of the heap's own. What was
// there before it is kept until it is told (heap.before): a block that is
// still there, at the same place, with its size and stack, goes on; the others
// were freed, and those that are new allocated, in the gap. So allocations less
// frees are the blocks that live, as ever.
//
// Invariant: heap.telling is not NULL from the event that begins a state to
// the last that tells it, and then heap.before is there.
#ifndef RPSCOPE_HEAP_SNAPSHOT_H
#define RPSCOPE_HEAP_SNAPSHOT_H

#include "viewer/heap/heap.h"

// SNAPSHOT and the events that belong to it. When one comes that begins a
// state, none is being told (snapshot_end) and no event waits (repair.h): what
// waits belongs to the time before.
void snapshot_event(struct heap *heap, const struct trace_event *event);

// Before each event while a state is being told.
void snapshot_tell(struct heap *heap, const struct trace_event *event);
// A state that is being told ends here, told to its end or not.
void snapshot_end(struct heap *heap);

// Whether a block that a state tells of was there before it; *birth: since
// when.
bool snapshot_was_there(const struct heap *heap, const struct span *span,
                        uint32_t block, uint64_t wanted, uint32_t stack,
                        uint64_t *birth);
void snapshot_free(struct heap *heap);

#endif
