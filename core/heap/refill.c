// refill.c - fulfils refill.h.
#include "core/heap/refill.h"

#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/medium.h"
#include "core/heap/notify.h"
#include "core/heap/span.h"
#include "core/os/check.h"

// The next list of the active span into the heap's, which is empty.
static inline __attribute__((always_inline)) struct block *list_fill(
    struct heap *heap, struct span *span) {
    unsigned class_index = span->class_index;
    uint32_t before = span->used;
    struct block *list = rp_heap_span_list(span);

    heap->free[class_index] = list;
    uint32_t count = span->used - before;
    medium_take(heap, class_index, count, count);
    CHECK(span->used > 0 && span->used <= span->carved + 1);
    return list;
}

// A span that has free blocks, and is in no list, becomes the active one.
static struct block *span_use(struct heap *heap, struct span *span) {
    rp_heap_span_activate(heap, span);
    struct block *list = list_fill(heap, span);

    CHECK(list != NULL);
    return list;
}

struct block *rp_heap_refill(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];
    struct block *list = span != NULL ? list_fill(heap, span) : NULL;

    CHECK(list != NULL || heap->free[class_index] == NULL);
    if (list == NULL && notify_has_any(heap)) {
        rp_heap_collect(heap);
        // What became empty may have gone to an embedder that allocates.
        if (heap->free[class_index] != NULL)
            return heap->free[class_index];
        span = heap->active[class_index];
        list = span != NULL ? list_fill(heap, span) : NULL;
    }
    if (list != NULL)
        return list;
    if (span != NULL) {
        heap->active[class_index] = NULL;
        --span->used;
        rp_heap_span_full(heap, span);
    }
    span = heap->partial[class_index];
    if (span == NULL)
        return NULL;
    span_list_remove(&heap->partial[class_index], span);
    return span_use(heap, span);
}

// An embedder that was asked for memory has allocated from this class: its list
// now, filled by somebody else. NULL: there is nothing left of it.
static struct block *list_of_others(struct heap *heap, unsigned class_index) {
    return heap->free[class_index] != NULL ? heap->free[class_index]
                                           : rp_heap_refill(heap, class_index);
}

struct block *rp_heap_refill_anew(struct heap *heap, unsigned class_index) {
    struct span_run run;

    if (!rp_cache_take(heap, 1, class_index, &run))
        return NULL;
    struct span *span = rp_heap_span_header(&run, class_index);
    if (span == NULL) {
        rp_cache_return(heap, &run);
        return NULL;
    }
    if (heap->active[class_index] != NULL) {
        struct block *list = list_of_others(heap, class_index);
        if (list != NULL) {
            rp_cache_return(heap, &run);
            return list;
        }
    }
    rp_heap_span_start(heap, span, &run, class_index);
    return span_use(heap, span);
}
