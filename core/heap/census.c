// census.c - fulfils census.h.
#include "core/heap/census.h"

// Adds the span's blocks that are in the heap's list. A list that a vanished
// thread left broken must not hold us.
static void add_listed(const struct heap *heap, const struct span *span,
                       struct block_set *set) {
    enum { LIST_MOST = SPAN_BYTES / BLOCK_ALIGN };
    unsigned c = span->class_index;
    const struct block *block = heap->free[c];

    if (c < SMALL_CLASSES && heap->active[c] != span)
        return;
    for (uint32_t i = 0; block != NULL && i < LIST_MOST; ++i) {
        if (span_of(block) == span)
            block_set_add(set, span_block_index(span, block));
        block = block->next;
    }
}

uint32_t rp_census_unused(const struct heap *heap, const struct span *span) {
    struct block_set listed;
    uint32_t unused = heap->active[span->class_index] == span;

    block_set_clear(&listed);
    add_listed(heap, span, &listed);
    for (uint32_t i = 0; i < span->capacity; ++i)
        unused += (uint32_t)block_set_has(&listed, i);
    return unused;
}

void rp_census_add_free(const struct span *span, struct block_set *set) {
    const struct heap *heap = span_heap(span);

    block_set_add_list(set, span, span->free);
    add_listed(heap, span, set);
    for (uint32_t i = 0; i < span->capacity; ++i)
        if (span->released != 0 ? rp_sparse_is_withheld(span, i)
                                : i >= span->carved)
            block_set_add(set, i);
}
