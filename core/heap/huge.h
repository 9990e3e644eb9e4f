// huge.h - huge blocks: with memory of their own.
#ifndef RP_CORE_HEAP_HUGE_H
#define RP_CORE_HEAP_HUGE_H

#include "core/span/span.h"

// size: up to PTRDIFF_MAX; alignment: any power of two. *is_zero tells whether
// the block is known to be zero. NULL: out of memory.
void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero);
// Makes a huge block, which is in no list, `size` bytes long by changing its
// mapping; returns where it is then. The observer sees the block freed and its
// memory mapped anew. NULL: it cannot be, and all is as it was.
void *rp_huge_resize(struct span *span, size_t size);
// Gives its memory back, or keeps it for the next one.
void rp_huge_free(struct span *span);

#endif
