// blocks.h - what happens to blocks.
//
// An event about a block is ready when the block is as the event says: free
// before an allocation, live before a free.
#ifndef RPSCOPE_HEAP_BLOCKS_H
#define RPSCOPE_HEAP_BLOCKS_H

#include "viewer/heap/heap.h"

// Each applies the event when the heap is ready for it; false and no change
// when it is not. With `force` it is always done with: contradictions are
// told.
bool blocks_alloc(struct heap *heap, const struct trace_event *event,
                  bool force);
bool blocks_free(struct heap *heap, const struct trace_event *event,
                 bool force);
bool blocks_resize(struct heap *heap, const struct trace_event *event,
                   bool force);

// The block ends without a free: its span or its memory went away.
void blocks_drop(struct heap *heap, struct span *span, uint32_t block);
// Takes `count` deferred blocks of the span back, for the heap of that number.
void blocks_collect(struct heap *heap, struct span *span, uint32_t count,
                    uint32_t number);

#endif
