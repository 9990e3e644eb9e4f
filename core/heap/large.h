// large.h - large blocks: runs of spans.
//
// They have a span header in front, whose owner is a flag and no heap: they
// belong to nobody, and the thread that frees one takes its memory. The block
// starts after the header, or at a multiple of the alignment asked for; at
// most 64 KiB behind the header, so that span_of finds it. All that is so for
// huge blocks, too (huge.h).
#ifndef RP_CORE_HEAP_LARGE_H
#define RP_CORE_HEAP_LARGE_H

#include "core/heap/cache.h"
#include "core/heap/heap.h"

// Most bytes that the run of a large block can hold, with 16-byte alignment.
#define LARGE_MAX ((size_t)SEGMENT_MAX_RUN * SPAN_BYTES - SPAN_HEADER)

// size: more than MEDIUM_MAX, at most LARGE_MAX; or less, with an alignment
// that wants a run. alignment: a power of two, at most SPAN_BYTES. *is_zero
// tells whether the block is known to be zero. NULL: out of memory.
void *rp_large_alloc(struct heap *heap, size_t size, size_t alignment,
                     int *is_zero);
// The run goes to the caller's cache or to its segment.
void rp_large_free(struct heap *heap, struct span *span);

// Where a block of that alignment, at most SPAN_BYTES, starts in its span.
static inline size_t large_offset(size_t alignment) {
    return round_up(SPAN_HEADER, alignment);
}

// Fills the header of a block of `usable` bytes, of which the rest is filled
// already, and returns the block. kind: SPAN_LARGE or SPAN_HUGE, with
// SPAN_ALIGNED or without.
void *rp_large_header(struct span *span, uintptr_t kind, size_t offset,
                      size_t usable);

// Fast path: a block with 16-byte alignment from a cached run that held such a
// block before, and still says so; or NULL.
// size: more than MEDIUM_MAX, at most LARGE_MAX.
static inline void *large_pop(struct heap *heap, size_t size) {
    size_t count = (size + SPAN_HEADER + SPAN_BYTES - 1) >> SPAN_SHIFT;
    struct span *span = heap->cache.runs[count];

    if (RP_UNLIKELY(span == NULL || span->class_index != RP_CLASS_LARGE))
        return NULL;
    cache_pop(heap, count);
    rp_on_span_acquire(span->number, (uint32_t)count, heap->number,
                       RP_CLASS_LARGE, RP_PLACE_THREAD_CACHE);
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, SPAN_LARGE);
    return (char *)span + SPAN_HEADER;
}

#endif
