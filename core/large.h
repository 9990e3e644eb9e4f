// large.h - large blocks, runs of spans, and huge ones, with their own memory.
//
// Both have a span header in front, whose owner is a flag and no heap: they
// belong to nobody, and the thread that frees one takes its memory. The block
// starts after the header, or at a multiple of the alignment asked for; at
// most 64 KiB behind the header, so that span_of finds it.
#ifndef RP_CORE_LARGE_H
#define RP_CORE_LARGE_H

#include "core/heap.h"

// Most bytes that the run of a large block can hold, with 16-byte alignment.
#define LARGE_MAX ((size_t)SEGMENT_LARGE_RUN * SPAN_BYTES - SPAN_HEADER)
enum { SEGMENT_LARGE_RUN = 32 };

// size: more than MEDIUM_MAX, at most LARGE_MAX; or less, with an alignment
// that wants a run. alignment: a power of two, at most SPAN_BYTES. *is_zero
// tells whether the block is known to be zero. NULL: out of memory.
void *rp_large_alloc(struct heap *heap, size_t size, size_t alignment,
                     int *is_zero);
// block: of a large span; the run goes to the caller's cache or segment.
void rp_large_free(struct heap *heap, struct span *span);

// size: up to PTRDIFF_MAX; alignment: any power of two.
void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero);
void rp_huge_free(struct span *span);

// Bytes of the spans of large blocks in use.
size_t rp_large_bytes(void);

#endif
