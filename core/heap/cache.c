// cache.c - keeping and giving away empty runs.
#include "core/heap/cache.h"

#include "core/heap/budget.h"
#include "core/heap/source.h"
#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/os/check.h"
#include "core/span/purge.h"

size_t rp_cache_limit = CACHE_SPANS;

// Whether a span is to be one that has not been used. Of many heaps each has an
// active span for each size that its thread asks for now and then, touches a
// page of it, and would keep all that somebody else had touched.
static int wants_clean(const struct heap *heap, unsigned class_index) {
    return class_index < SMALL_CLASSES && rp_memory_is_paged() &&
           // relaxed: ours
           load_relaxed(&heap->class_spans[class_index]) == 0 &&
           rp_budget_is_tight();
}

int rp_cache_take(struct heap *heap, uint32_t count, unsigned class_index,
                  struct span_run *result) {
    if (wants_clean(heap, class_index))
        return rp_segment_take_clean(rp_source_of(heap, class_index), result);

    struct span *first = cache_pop(heap, count);

    if (first == NULL)
        return rp_segment_take(rp_source_of(heap, class_index), count, result);
    *result = (struct span_run){
        .memory = first->memory,
        .slot = first->slot,
        .number = first->number,
        .count = count,
        .from = RP_PLACE_THREAD_CACHE,
        .is_zero = 0,
    };
    return 1;
}

void rp_cache_return(struct heap *heap, const struct span_run *run) {
    if (run->from != RP_PLACE_GLOBAL_CACHE)
        rp_on_span_transfer(run->number, run->count, heap->number, run->from,
                            RP_PLACE_GLOBAL_CACHE);
    rp_segment_give(run->slot, run->number, run->count);
    rp_purge_surplus(heap->number);
}

// What of a limit is the heap's own.
static size_t own_part(size_t limit) {
    return limit < CACHE_LEAST ? limit : CACHE_LEAST;
}

// Raises the limit so that a run of `count` spans has room. 0: it may not be.
static int limit_raise(struct heap *heap, size_t count) {
    size_t limit = cache_spans(heap) + count;
    size_t before = heap->cache.limit;
    size_t more = limit - own_part(limit) - (before - own_part(before));

    if (limit > rp_cache_limit || (more != 0 && !rp_budget_take(more)))
        return 0;
    heap->cache.limit = limit;
    return 1;
}

static void limit_lower(struct heap *heap) {
    size_t limit = heap->cache.limit;

    if (limit <= CACHE_LEAST)
        return;
    rp_budget_give(limit - CACHE_LEAST);
    heap->cache.limit = CACHE_LEAST;
}

void rp_cache_give(struct heap *heap, struct span *first) {
    if (cache_has_room(heap, first) || limit_raise(heap, first->run)) {
        cache_push(heap, first);
        return;
    }

    uint32_t slot = first->slot;
    uint32_t number = first->number;
    uint32_t count = first->run;
    rp_on_span_release(number, count, heap->number, RP_PLACE_GLOBAL_CACHE);
    // relaxed: a late free of a block is told by it, while the memory is here.
    store_relaxed(&first->owner, SPAN_EMPTY);
    rp_segment_give(slot, number, count);
    rp_purge_surplus(heap->number);
}

void rp_cache_trim(struct heap *heap, size_t keep) {
    limit_lower(heap);
    if (cache_spans(heap) <= keep)
        return;
    for (uint32_t count = CACHE_RUNS; count-- > 1;)
        while (heap->cache.runs[count] != NULL && cache_spans(heap) > keep) {
            struct span *first = cache_pop(heap, count);
            uint32_t slot = first->slot;
            uint32_t number = first->number;
            rp_on_span_transfer(number, count, heap->number,
                                RP_PLACE_THREAD_CACHE, RP_PLACE_GLOBAL_CACHE);
            rp_segment_give(slot, number, count);
        }
    rp_purge_surplus(heap->number);
}
