// save.h - the heap at one time, written down, to be read again.
//
// What is read goes on as the heap that was written would have: each event that
// comes next becomes the same changes.
#ifndef RPSCOPE_HEAP_SAVE_H
#define RPSCOPE_HEAP_SAVE_H

#include "viewer/base/pack.h"
#include "viewer/heap/heap.h"

// Whether all that the heap is stands in its spans: no event waits, and no
// state is being told. Only then it is written.
bool heap_at_rest(const struct heap *heap);

// After heap_flush.
void heap_save(const struct heap *heap, struct pack *pack);
// Into a heap that has just been started (apply.h), with the same tables and
// the same first time. False: the bytes are not those of a heap.
bool heap_restore(struct heap *heap, struct pack *pack);

#endif
