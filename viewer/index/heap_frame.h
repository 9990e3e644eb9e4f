// heap_frame.h - the heap at one time as bytes, without the slots of its spans,
// to be read again.
//
// What is read goes on as the heap that was written would have: each event that
// comes next becomes the same changes. Nothing of it is believed: numbers that
// no heap has are refused.
#ifndef RPSCOPE_INDEX_HEAP_FRAME_H
#define RPSCOPE_INDEX_HEAP_FRAME_H

#include "viewer/base/pack.h"
#include "viewer/metric/replay.h"

// Whether all that the heap is stands in its spans: no event waits, and no
// state is being told. Only then it is written.
bool heap_at_rest(const struct heap *heap);

// After heap_flush and slots_write.
void heap_frame_put(const struct heap *heap, struct pack *pack);

// Into a heap that has just been started (apply.h), with the same tables and
// the same first time; its spans are packed. At most `most_events` have come.
// False: the bytes are not those of a heap.
bool heap_frame_take(struct heap *heap, struct pack *pack,
                     uint64_t most_events);

// Whether the metrics that were restored with the heap know its stacks, and
// have its sums.
bool heap_frame_agrees(const struct replay *replay);

#endif
