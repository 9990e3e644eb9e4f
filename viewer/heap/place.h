// place.h - a span goes from one place to another.
#ifndef RPSCOPE_HEAP_PLACE_H
#define RPSCOPE_HEAP_PLACE_H

#include "viewer/heap/heap.h"

// Uses the span for something else: it holds no block.
void place_use(struct heap *heap, struct span *span,
               const struct span_use *use);
// As it is used now.
struct span_use place_of(const struct span *span);
// Out of heaps, to a place without blocks.
void place_set(struct heap *heap, struct span *span, uint8_t place,
               uint32_t number);
// Takes a span out of whatever use it has: the blocks of a span in a heap end,
// and the spans of a run are single spans again, in place SPAN_IN_SEGMENT.
void place_free(struct heap *heap, struct span *span);

#endif
