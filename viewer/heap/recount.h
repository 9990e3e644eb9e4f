// recount.h - what a heap holds, counted from nothing but itself.
#ifndef RPSCOPE_HEAP_RECOUNT_H
#define RPSCOPE_HEAP_RECOUNT_H

#include "viewer/heap/heap.h"

// Every part, from the spans.
void recount_parts(const struct heap *heap, int64_t parts[PARTS],
                   uint64_t *live_blocks);
// Whether each span has as many live blocks, and their bytes, as it says.
bool recount_blocks(const struct heap *heap);

#endif
