// free_all.c - what only a heap of first class has: blocks beyond
// spans, and freeing all at once.
#include "core/span/block_set.h"
#include "core/heap/span.h"

#include "core/hook.h"
#include "core/heap/large.h"

void rp_heap_keep_beyond(struct heap *heap, struct span *span) {
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, (uintptr_t)heap | span_flags(span));
    span_list_push(&heap->beyond, span);
}

void rp_heap_drop_beyond(struct heap *heap, struct span *span) {
    span_list_remove(&heap->beyond, span);
    store_relaxed(&span->owner, span_flags(span)); // relaxed: it is ours
}

void rp_heap_free_beyond(struct heap *heap, struct span *span) {
    int is_huge = (span_flags(span) & SPAN_HUGE) != 0;

    rp_heap_drop_beyond(heap, span);
    if (is_huge)
        rp_huge_free(span);
    else
        rp_large_free(heap, span);
}

// Tells the observer of each block that free_all is about to free.
static void span_report_all(const struct span *span) {
    struct block_set free;

    block_set_clear(&free);
    rp_heap_add_free(span, &free);
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
        if (c >= SMALL_CLASSES)
            heap->medium.length[c - SMALL_CLASSES] = 0;
        heap->active[c] = NULL;
        if (active != NULL)
            span_free_all(heap, active);
        list_free_all(heap, &heap->partial[c]);
    }
    list_free_all(heap, &heap->full);
    while (heap->beyond != NULL) {
        rp_on_free(heap->beyond->number, 0, 0);
        rp_heap_free_beyond(heap, heap->beyond);
    }
}
