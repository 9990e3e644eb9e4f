// large_list.c - fulfils large_list.h.
#include "core/heap/large_list.h"

#include "core/heap/cache.h"
#include "core/heap/huge.h"

void rp_large_list_add(struct heap *heap, struct span *span) {
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, (uintptr_t)heap | span_flags(span));
    span_list_push(&heap->large, span);
}

void rp_large_list_remove(struct heap *heap, struct span *span) {
    span_list_remove(&heap->large, span);
    store_relaxed(&span->owner, span_flags(span)); // relaxed: it is ours
}

void rp_large_list_free(struct heap *heap, struct span *span) {
    rp_large_list_remove(heap, span);
    if ((span_flags(span) & SPAN_HUGE) != 0)
        rp_huge_free(span);
    else
        rp_cache_give(heap, span);
}
