// large.h - large blocks: runs of spans.
//
// They fill their run from its start; the header stands apart (span/header.h).
// Its owner is a flag and no heap: they belong to nobody, and the thread that
// frees one takes its memory. All that is so for huge blocks, too (huge.h).
#ifndef RP_CORE_HEAP_LARGE_H
#define RP_CORE_HEAP_LARGE_H

#include "core/heap/cache.h"
#include "core/heap/heap.h"

// Most bytes that the run of a large block can hold.
#define LARGE_MAX ((size_t)SEGMENT_MAX_RUN * SPAN_BYTES)

// size: more than MEDIUM_MAX, at most LARGE_MAX; or less, with an alignment
// that wants a run. The block is a multiple of SPAN_BYTES. *is_zero tells
// whether it is known to be zero. NULL: out of memory.
void *rp_large_alloc(struct heap *heap, size_t size, int *is_zero);
// It is freed by rp_cache_give.

// Fills the header of a block of `usable` bytes, of which the rest is filled
// already, and returns the block. kind: SPAN_LARGE or SPAN_HUGE.
void *rp_large_header(struct span *span, uintptr_t kind, size_t usable);

// Fast path: a block from a cached run that held one before, and still says so;
// or NULL.
// size: more than MEDIUM_MAX, at most LARGE_MAX.
static inline void *large_pop(struct heap *heap, size_t size) {
    size_t count = (size + SPAN_BYTES - 1) >> SPAN_SHIFT;
    struct span *span = heap->cache.runs[count];

    if (RP_UNLIKELY(span == NULL || span->class_index != RP_CLASS_LARGE))
        return NULL;
    cache_pop(heap, count);
    rp_on_span_acquire(span->number, (uint32_t)count, heap->number,
                       RP_CLASS_LARGE, RP_PLACE_THREAD_CACHE);
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, SPAN_LARGE);
    return span->memory;
}

#endif
