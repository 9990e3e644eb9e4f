// place.h - a span goes from one place to another, and what it counts for
// follows.
#ifndef RPSCOPE_HEAP_PLACE_H
#define RPSCOPE_HEAP_PLACE_H

#include "viewer/heap/model.h"

// From one place outside of heaps to another.
void place_set(struct model *model, struct span *span, uint8_t place,
               uint32_t heap);
// Takes a span out of whatever use it has: the blocks of a span in a heap end,
// and the spans of a run are single spans again, in place SPAN_IN_SEGMENT.
void place_free(struct model *model, struct span *span);

#endif
