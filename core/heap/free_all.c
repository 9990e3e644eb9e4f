// free_all.c - fulfils free_all.h.
#include "core/heap/free_all.h"

#include "core/heap/cache.h"
#include "core/heap/census.h"
#include "core/heap/collect.h"
#include "core/heap/large_list.h"
#include "core/heap/span.h"
#include "core/hook.h"

// Tells the observer of each block that free_all is about to free.
static void span_report_all(const struct span *span) {
    struct block_set free;

    block_set_clear(&free);
    rp_census_add_free(span, &free);
    for (uint32_t i = 0; i < span->capacity; ++i)
        if (!block_set_has(&free, i))
            rp_on_free(span->number, i, 0);
}

// Frees what lives in a span of the heap that is in no list any more.
static void span_free_all(struct heap *heap, struct span *span) {
    rp_sparse_leave(&heap->sparse, span);
    span->used = 0;
    span->floor = 0;
    rp_heap_span_give(heap, span);
}

static void list_free_all(struct heap *heap, struct span **list) {
    while (*list != NULL) {
        struct span *span = *list;
        span_list_remove(list, span);
        span_free_all(heap, span);
    }
}

static void heap_report_all(const struct heap *heap) {
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        if (heap->active[c] != NULL)
            span_report_all(heap->active[c]);
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            span_report_all(s);
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        span_report_all(s);
}

void rp_heap_free_all(struct heap *heap) {
    rp_heap_collect(heap);
    if (RP_IS_OBSERVED)
        heap_report_all(heap);
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        struct span *active = heap->active[c];
        heap->free[c] = NULL;
        if (c >= SMALL_CLASSES) {
            heap->medium.length[c - SMALL_CLASSES] = 0;
            heap->medium.out[c - SMALL_CLASSES] = 0;
        }
        heap->active[c] = NULL;
        if (active != NULL)
            span_free_all(heap, active);
        list_free_all(heap, &heap->partial[c]);
    }
    list_free_all(heap, &heap->full);
    while (heap->large != NULL) {
        rp_on_free(heap->large->number, 0, 0);
        rp_large_list_free(heap, heap->large);
    }
    // Its segments are empty now, but for what is cached.
    rp_cache_trim(heap, 0);
}
