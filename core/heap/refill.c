// refill.c - refilling lists, and giving up what is empty.
#include "core/heap/heap.h"

#include "core/os/check.h"
#include "core/heap/span.h"
#include "core/heap/medium.h"
#include "core/memory/memory.h"
#include "core/heap/cache.h"

// Its thread cache counts as full.
struct heap rp_no_heap = {.number = RP_NO_HEAP, .cache.spans = SIZE_MAX / 2};

// ---- refill ----

static struct span *span_next(struct heap *heap, unsigned class_index) {
    struct span *span = heap->partial[class_index];
    struct span_run run;

    if (span != NULL) {
        span_list_remove(&heap->partial[class_index], span);
    } else {
        rp_heap_flush_outgoing(heap);
        if (!rp_run_take(heap, 1, &run))
            return NULL;
        span = run.first;
        rp_heap_span_start(heap, &run, class_index);
    }
    rp_heap_span_activate(heap, span);
    return span;
}

// The next list of the active span into the heap's, which is empty.
static struct block *list_fill(struct heap *heap, struct span *span) {
    unsigned class_index = span->class_index;
    uint32_t before = span->used;
    struct block *list = rp_heap_span_list(span);

    heap->free[class_index] = list;
    medium_list_count(heap, class_index, span->used - before);
    return list;
}

struct block *rp_heap_refill(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];
    struct block *list = span != NULL ? list_fill(heap, span) : NULL;

    CHECK(list != NULL || heap->free[class_index] == NULL);
    // relaxed: what is missed now is found at the next refill.
    if (list == NULL && load_relaxed(&heap->notify) != NULL) {
        rp_heap_collect(heap);
        list = span != NULL ? list_fill(heap, span) : NULL;
    }
    if (list == NULL) {
        if (span != NULL) {
            heap->active[class_index] = NULL;
            --span->used;
            rp_heap_span_full(heap, span);
        }
        span = span_next(heap, class_index);
        if (span == NULL)
            return NULL;
        list = list_fill(heap, span);
    }
    CHECK(list != NULL && span->used > 0 && span->used <= span->carved + 1);
    return list;
}

// ---- giving up what is empty ----

// Puts the heap's list back into the spans, and those where they belong.
void rp_heap_class_retire(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];

    if (class_index >= SMALL_CLASSES)
        rp_medium_list_spill(heap, class_index, 0);
    if (span == NULL)
        return;
    while (heap->free[class_index] != NULL) {
        struct block *block = heap->free[class_index];
        heap->free[class_index] = block->next;
        block->next = span->free;
        span->free = block;
        --span->used;
    }
    if (span->used == 1) {
        span->used = 0;
        heap->active[class_index] = NULL;
        rp_heap_span_give(heap, span);
    }
}

void rp_heap_retire(struct heap *heap) {
    rp_heap_flush_outgoing(heap);
    rp_heap_collect(heap);
    for (unsigned c = 0; c < CLASS_COUNT; ++c)
        rp_heap_class_retire(heap, c);
    rp_thread_cache_trim(heap, 0);
}

void rp_heap_collect_all(struct heap *heap) {
    rp_heap_retire(heap);
    for (unsigned c = 0; c < CLASS_COUNT && rp_memory_is_paged(); ++c)
        for (struct span *s = heap->partial[c]; s != NULL; s = s->next)
            rp_sparse_release(s);
}
