// large.c - fulfils large.h.
#include "core/heap/large.h"

#include "core/hook.h"
#include "core/span/header.h"

void *rp_large_header(struct span *span, uintptr_t kind, size_t usable) {
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
    span->start = 0;
    span->next = NULL;
    span->previous = NULL;
    store_relaxed(&span->deferred, 0); // relaxed: never used
    span->class_index = RP_CLASS_LARGE;
    span->large_bytes = usable;
    return span->memory;
}

void *rp_large_alloc(struct heap *heap, size_t size, int *is_zero) {
    uint32_t count = (uint32_t)((size + SPAN_BYTES - 1) >> SPAN_SHIFT);
    struct span_run run;

    if (!rp_cache_take(heap, count, RP_CLASS_LARGE, &run))
        return NULL;
    struct span *span = rp_header_apart(run.memory);
    if (span == NULL) {
        rp_cache_return(heap, &run);
        return NULL;
    }
    span->number = run.number;
    span->slot = run.slot;
    span->run = count;
    span->heap_number = heap->number;
    *is_zero = run.is_zero;
    rp_on_span_acquire(run.number, count, heap->number, RP_CLASS_LARGE,
                       run.from);
    return rp_large_header(span, SPAN_LARGE, (size_t)count << SPAN_SHIFT);
}
