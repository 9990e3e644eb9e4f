// statistics.c - what the allocator knows of itself, in bytes.
#include "core/heap/cache.h"
#include "core/heap/census.h"
#include "core/memory/bookkeeping.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/rpmalloc.h"
#include "core/span/deferred.h"
#include "core/span/segment.h"
#include "core/thread/registry.h"
#include "core/thread/thread.h"

#include <stdint.h>

static void add_heaps(struct rpmalloc_global_statistics *sum) {
    size_t cached = 0;
    size_t classes = 0;

    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        if (heap == NULL)
            continue;
        cached += cache_spans(heap);
        classes += heap_spans(heap);
    }
    sum->thread_cache = cached << SPAN_SHIFT;
    // The rest of what is taken. Read one after the other, so never below 0.
    size_t taken = rp_segment_taken();
    sum->large =
        taken > cached + classes ? (taken - cached - classes) << SPAN_SHIFT : 0;
}

void rpmalloc_global_statistics(struct rpmalloc_global_statistics *result) {
    *result = (struct rpmalloc_global_statistics){
        .mapped = rp_memory_mapped(),
        .mapped_peak = rp_memory_mapped_peak(),
        .global_cache = rp_segment_dirty_bytes() + rp_huge_memory_kept(),
        .segment_free = rp_segment_free_bytes(),
        .huge = rp_huge_memory_in_use(),
        .bookkeeping = rp_bookkeeping_mapped(),
        .segments = rp_segment_count(),
        .heaps = rp_registry_count(),
    };
    add_heaps(result);
}

static void add_span(struct rpmalloc_thread_statistics *sum,
                     const struct heap *heap, const struct span *span) {
    size_t size = span->block_bytes;
    // relaxed: a statistic.
    uint32_t deferred = deferred_count(load_relaxed(&span->deferred));
    uint32_t live = span_used(span) - rp_census_unused(heap, span) - deferred;

    sum->spans += 1;
    sum->deferred += deferred * size;
    sum->in_use += live * size;
    sum->free += (span->capacity - live - deferred) * size;
}

void rpmalloc_thread_statistics(struct rpmalloc_thread_statistics *result) {
    const struct heap *heap = rp_thread_heap;

    *result = (struct rpmalloc_thread_statistics){
        .thread_cache =
            heap != &rp_no_heap ? cache_spans(heap) << SPAN_SHIFT : 0,
    };
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (heap->active[c] != NULL)
            add_span(result, heap, heap->active[c]);
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            add_span(result, heap, s);
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        add_span(result, heap, s);
}

struct rpmalloc_place rpmalloc_place_of(const void *block) {
    if (block == NULL)
        return (struct rpmalloc_place){RPMALLOC_NOWHERE, 0};
    const struct span *span = span_of(block);
    return (struct rpmalloc_place){
        span->number, (unsigned)((uintptr_t)block - (uintptr_t)span)};
}
