// thread_cache.c - keeping and giving away empty runs.
#include "core/thread_cache.h"

#include "core/check.h"
#include "core/hook.h"

// Written before any other thread uses the allocator.
static size_t limit_spans = THREAD_CACHE_SPANS;

void rp_thread_cache_set_limit(size_t spans) {
    limit_spans = spans;
}

// relaxed, both: only the owner writes, others read a statistic.
static size_t cached_spans(const struct heap *heap) {
    return load_relaxed(&heap->cache.spans);
}
static void count_cached(struct heap *heap, size_t spans) {
    store_relaxed(&heap->cache.spans, spans);
}

static struct span *cache_pop(struct heap *heap, uint32_t count) {
    struct span *first = heap->cache.runs[count];

    heap->cache.runs[count] = first->next;
    count_cached(heap, cached_spans(heap) - count);
    return first;
}

int rp_run_take(struct heap *heap, uint32_t count, struct span_run *result) {
    if (heap->cache.runs[count] == NULL)
        return rp_segment_take(count, result);

    struct span *first = cache_pop(heap, count);
    *result = (struct span_run){
        .first = first,
        .slot = first->slot,
        .number = first->number,
        .count = count,
        .from = RP_PLACE_THREAD_CACHE,
        .is_zero = 0,
    };
    return 1;
}

void rp_run_give(struct heap *heap, struct span *first) {
    uint32_t slot = first->slot;
    uint32_t number = first->number;
    uint32_t count = first->run;

    CHECK(count >= 1 && count < CACHE_RUNS);
    if (heap == &rp_no_heap || cached_spans(heap) + count > limit_spans) {
        rp_on_span_release(number, count, heap->number, RP_PLACE_GLOBAL_CACHE);
        rp_segment_give(slot, number, count);
        rp_segment_purge_surplus(heap->number);
        return;
    }
    rp_on_span_release(number, count, heap->number, RP_PLACE_THREAD_CACHE);
    // relaxed: no other thread looks at an empty span.
    store_relaxed(&first->owner, SPAN_EMPTY);
    first->heap_number = heap->number;
    first->next = heap->cache.runs[count];
    heap->cache.runs[count] = first;
    count_cached(heap, cached_spans(heap) + count);
}

void rp_thread_cache_trim(struct heap *heap, size_t keep) {
    if (cached_spans(heap) <= keep)
        return;
    for (uint32_t count = CACHE_RUNS; count-- > 1;)
        while (heap->cache.runs[count] != NULL && cached_spans(heap) > keep) {
            struct span *first = cache_pop(heap, count);
            uint32_t slot = first->slot;
            uint32_t number = first->number;
            rp_on_span_transfer(number, count, heap->number,
                                RP_PLACE_THREAD_CACHE, RP_PLACE_GLOBAL_CACHE);
            rp_segment_give(slot, number, count);
        }
    rp_segment_purge_surplus(heap->number);
}
