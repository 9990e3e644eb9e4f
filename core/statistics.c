// statistics.c - what the allocator knows of itself, in bytes.
#include "core/bookkeeping.h"
#include "core/heap.h"
#include "core/large.h"
#include "core/memory.h"
#include "core/registry.h"
#include "core/rpmalloc.h"
#include "core/segment_table.h"
#include "core/thread.h"

#include <stdint.h>

static size_t thread_caches(void) {
    size_t spans = 0;

    for (uint32_t i = rp_registry_count(); i-- > 0;) {
        struct heap *heap = rp_registry_heap(i);
        if (heap != NULL)
            spans += load_relaxed(&heap->cache.spans); // relaxed: a statistic
    }
    return spans << SPAN_SHIFT;
}

static void add_huge(struct segment *segment, void *context) {
    struct rpmalloc_global_statistics *sum = context;

    if (load_relaxed(&segment->all) == 0) // relaxed: a statistic
        sum->huge += segment->bytes;
}

void rpmalloc_global_statistics(struct rpmalloc_global_statistics *result) {
    *result = (struct rpmalloc_global_statistics){
        .mapped = rp_memory_mapped(),
        .mapped_peak = rp_memory_mapped_peak(),
        .thread_cache = thread_caches(),
        .large = rp_large_bytes(),
        .global_cache = rp_segment_dirty_bytes(),
        .segment_free = rp_segment_free_bytes(),
        .bookkeeping = rp_bookkeeping_mapped(),
        .segments = rp_segment_count(),
        .heaps = rp_registry_count(),
    };
    rp_segment_each(add_huge, result);
}

static size_t list_bytes(const struct block *list, size_t block_bytes) {
    size_t bytes = 0;

    for (; list != NULL; list = list->next)
        bytes += block_bytes;
    return bytes;
}

// listed: free blocks of the span that the heap has in its own list, in bytes.
static void add_span(struct rpmalloc_thread_statistics *sum,
                     const struct span *span, size_t listed) {
    size_t size = span->block_bytes;
    // relaxed: a statistic. Its high half is the count (deferred.h).
    size_t deferred = (load_relaxed(&span->deferred) >> 16) * size;

    sum->spans += 1;
    sum->deferred += deferred;
    sum->in_use += span->used * size - deferred - listed;
    sum->free += (span->capacity - span->used) * size + listed;
}

void rpmalloc_thread_statistics(struct rpmalloc_thread_statistics *result) {
    const struct heap *heap = rp_thread_heap;

    *result = (struct rpmalloc_thread_statistics){
        // relaxed: our own number.
        .thread_cache = load_relaxed(&heap->cache.spans) << SPAN_SHIFT,
    };
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (heap->active[c] != NULL)
            add_span(result, heap->active[c],
                     list_bytes(heap->free[c], rp_size_classes[c].block_bytes));
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            add_span(result, s, 0);
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        add_span(result, s, 0);
}
