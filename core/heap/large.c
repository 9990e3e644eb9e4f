// large.c - fulfils large.h.
#include "core/heap/large.h"

#include "core/hook.h"

void *rp_large_header(struct span *span, uintptr_t kind, size_t offset,
                      size_t usable) {
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, kind);
    span->free = NULL;
    span->used = 1;
    span->carved = 1;
    span->capacity = 1;
    span->block_bytes = 0;
    // Every byte is of block 0; who asks for the size of a block that is gone
    // is told of none.
    span->reciprocal = 0;
    span->start = SPAN_HEADER;
    span->next = NULL;
    span->previous = NULL;
    store_relaxed(&span->deferred, 0); // relaxed: never used
    span->class_index = RP_CLASS_LARGE;
    span->block_offset = offset;
    span->large_bytes = usable;
    return (char *)span + offset;
}

void *rp_large_alloc(struct heap *heap, size_t size, size_t alignment,
                     int *is_zero) {
    size_t offset = large_offset(alignment);
    uint32_t count = (uint32_t)((offset + size + SPAN_BYTES - 1) >> SPAN_SHIFT);
    struct span_run run;

    if (!rp_cache_take(heap, count, &run))
        return NULL;
    struct span *span = run.first;
    span->number = run.number;
    span->slot = run.slot;
    span->run = count;
    span->heap_number = heap->number;
    *is_zero = run.is_zero;
    rp_on_span_acquire(run.number, count, heap->number, RP_CLASS_LARGE,
                       run.from);
    // Flagged so that its free, too, is not the fast one.
    return rp_large_header(
        span, offset == SPAN_HEADER ? SPAN_LARGE : SPAN_LARGE | SPAN_ALIGNED,
        offset, ((size_t)count << SPAN_SHIFT) - offset);
}

void rp_large_free(struct heap *heap, struct span *span) {
    // large_pop takes a block for granted that begins after the header.
    if (span->block_offset != SPAN_HEADER)
        span->class_index = 0;
    rp_cache_give(heap, span);
}
