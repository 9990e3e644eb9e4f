// large.h - large blocks, runs of spans, and huge ones, with their own memory.
//
// Both have a span header in front, whose owner is a flag and no heap: they
// belong to nobody, and the thread that frees one takes its memory. The block
// starts after the header, or at a multiple of the alignment asked for; at
// most 64 KiB behind the header, so that span_of finds it.
#ifndef RP_CORE_HEAP_LARGE_H
#define RP_CORE_HEAP_LARGE_H

#include "core/heap/heap.h"
#include "core/heap/cache.h"

// Most bytes that the run of a large block can hold, with 16-byte alignment.
#define LARGE_MAX ((size_t)SEGMENT_MAX_RUN * SPAN_BYTES - SPAN_HEADER)

// size: more than MEDIUM_MAX, at most LARGE_MAX; or less, with an alignment
// that wants a run. alignment: a power of two, at most SPAN_BYTES. *is_zero
// tells whether the block is known to be zero. NULL: out of memory.
void *rp_large_alloc(struct heap *heap, size_t size, size_t alignment,
                     int *is_zero);
// The run goes to the caller's cache or to its segment.
void rp_large_free(struct heap *heap, struct span *span);

// Describes an empty run of `count` spans as a large block at SPAN_HEADER.
void rp_large_header(struct span *span, size_t count);

// size: up to PTRDIFF_MAX; alignment: any power of two.
void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero);
void rp_huge_free(struct span *span);

// Fast path: a block with 16-byte alignment from a cached run, or NULL.
// size: more than MEDIUM_MAX, at most LARGE_MAX.
static inline void *large_pop(struct heap *heap, size_t size) {
    size_t count = (size + SPAN_HEADER + SPAN_BYTES - 1) >> SPAN_SHIFT;
    struct span *span = thread_cache_pop(heap, count);

    if (RP_UNLIKELY(span == NULL))
        return NULL;
    rp_on_span_acquire(span->number, (uint32_t)count, heap->number,
                       RP_CLASS_LARGE, RP_PLACE_THREAD_CACHE);
    // A run that held such a block before still says so.
    if (RP_UNLIKELY(span->class_index != RP_CLASS_LARGE))
        rp_large_header(span, count);
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, SPAN_LARGE);
    return (char *)span + SPAN_HEADER;
}

#endif
