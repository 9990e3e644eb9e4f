// retire.c - fulfils retire.h.
#include "core/heap/retire.h"

#include "core/heap/begin.h"
#include "core/heap/cache.h"
#include "core/heap/collect.h"
#include "core/heap/medium.h"
#include "core/heap/span.h"
#include "core/memory/memory.h"

_Atomic(uint32_t) rp_heap_retire_wishes;

void rp_heap_retire_class(struct heap *heap, unsigned class_index) {
    struct span *span = heap->active[class_index];

    if (class_index >= SMALL_CLASSES)
        rp_heap_span_free_list(heap, rp_medium_spill(heap, class_index, 0));
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
    rp_heap_collect(heap);
    for (unsigned c = 0; c < CLASS_COUNT; ++c)
        rp_heap_retire_class(heap, c);
    rp_medium_lower_limits(heap);
    begin_anew(heap);
    rp_cache_trim(heap, 0);
}

void rp_heap_retire_pages(struct heap *heap) {
    rp_heap_retire(heap);
    for (unsigned c = 0; c < CLASS_COUNT && rp_memory_is_paged(); ++c)
        for (struct span *s = heap->partial[c]; s != NULL; s = s->next)
            rp_sparse_release(s);
}
