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

static void add_segment(struct segment *segment, void *context) {
    struct rpmalloc_empty_statistics *sum = context;
    // relaxed, all three: statistics.
    uint64_t all = load_relaxed(&segment->all);
    uint64_t free = load_relaxed(&segment->free) & all;
    uint64_t dirty = load_relaxed(&segment->dirty) & free;
    size_t cached = (size_t)count_bits(dirty) << SPAN_SHIFT;
    size_t unbacked = (size_t)count_bits(free & ~dirty) << SPAN_SHIFT;

    if (all == 0)
        return; // a huge block
    sum->segments += 1;
    sum->global_cache += cached;
    sum->unbacked += unbacked;
    if (free == 0 || free == all)
        return;
    sum->segments_pinned += 1;
    sum->global_pinned += cached;
    sum->unbacked_pinned += unbacked;
}

void rpmalloc_empty_statistics(struct rpmalloc_empty_statistics *result) {
    size_t cached = 0;

    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        cached += heap != NULL ? cache_spans(heap) : 0;
    }
    *result = (struct rpmalloc_empty_statistics){
        .thread_caches = cached << SPAN_SHIFT,
        .huge_kept = rp_huge_memory_kept(),
    };
    rp_segment_table_each(add_segment, result);
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

// Adds what the spans of one class, or of CLASS_COUNT: all, have.
static void add_spans(struct rpmalloc_thread_statistics *sum,
                      const struct heap *heap, unsigned wanted) {
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (wanted != c && wanted != CLASS_COUNT)
            continue;
        if (heap->active[c] != NULL)
            add_span(sum, heap, heap->active[c]);
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            add_span(sum, heap, s);
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        if (wanted == s->class_index || wanted == CLASS_COUNT)
            add_span(sum, heap, s);
}

void rpmalloc_thread_statistics(struct rpmalloc_thread_statistics *result) {
    const struct heap *heap = rp_thread_heap;

    *result = (struct rpmalloc_thread_statistics){
        .thread_cache =
            heap != &rp_no_heap ? cache_spans(heap) << SPAN_SHIFT : 0,
    };
    add_spans(result, heap, CLASS_COUNT);
}

static size_t class_spans(unsigned class_index) {
    size_t spans = 0;

    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        if (heap != NULL) // relaxed: a statistic
            spans += load_relaxed(&heap->class_spans[class_index]);
    }
    return spans;
}

size_t rpmalloc_class_statistics(struct rpmalloc_class_statistics *result,
                                 size_t count) {
    // Class 0 has no blocks.
    for (unsigned c = 1; c < CLASS_COUNT && c <= count; ++c) {
        struct rpmalloc_thread_statistics mine = {0};
        add_spans(&mine, rp_thread_heap, c);
        result[c - 1] = (struct rpmalloc_class_statistics){
            .block_bytes = rp_size_classes[c].block_bytes,
            .spans = class_spans(c),
            .in_use = mine.in_use,
            .free = mine.free,
            .deferred = mine.deferred,
        };
    }
    return CLASS_COUNT - 1;
}

struct rpmalloc_place rpmalloc_place_of(const void *block) {
    if (block == NULL)
        return (struct rpmalloc_place){RPMALLOC_NOWHERE, 0};
    const struct span *span = span_of(block);
    return (struct rpmalloc_place){
        span->number, (unsigned)((const char *)block - span->memory)};
}
