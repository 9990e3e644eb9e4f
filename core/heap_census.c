// heap_census.c - what the spans of a heap hold, and whether it all agrees.
#include "core/heap.h"

#include "core/block_set.h"

static uint32_t list_length(const struct block *list) {
    uint32_t length = 0;

    for (; list != NULL; list = list->next)
        ++length;
    return length;
}

uint32_t rp_heap_unused(const struct heap *heap, unsigned class_index) {
    return heap->active[class_index] != NULL
               ? list_length(heap->free[class_index]) + 1
               : 0;
}

static int span_valid(const struct heap *heap, const struct span *span,
                      unsigned class_index) {
    uint32_t used = span_used(span) - (heap->active[class_index] == span);

    return span_heap(span) == heap && span->class_index == class_index &&
           span->carved <= span->capacity && used <= span->carved &&
           span->carved - used == list_length(span->free);
}

int rp_heap_valid(const struct heap *heap) {
    for (unsigned c = 0; c < CLASS_COUNT; ++c) {
        const struct span *active = heap->active[c];
        if (active == NULL && heap->free[c] != NULL)
            return 0;
        if (active != NULL && (!span_valid(heap, active, c) ||
                               list_length(heap->free[c]) > active->used))
            return 0;
        for (const struct span *s = heap->partial[c]; s != NULL; s = s->next)
            if (!span_valid(heap, s, c) || s->used == 0 ||
                (s->free == NULL && s->released == 0))
                return 0;
    }
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        if ((span_flags(s) & SPAN_FULL) == 0 || s->free != NULL)
            return 0;
    return 1;
}

int rp_heap_is_empty(const struct heap *heap) {
    return heap->spans == 0 && heap->beyond == NULL;
}

void rp_heap_add_free(const struct span *span, struct block_set *set) {
    const struct heap *heap = span_heap(span);
    unsigned c = span->class_index;

    block_set_add_list(set, span, span->free);
    if (heap->active[c] == span)
        block_set_add_list(set, span, heap->free[c]);
    for (uint32_t i = 0; i < span->capacity; ++i)
        if (span->released != 0 ? rp_sparse_is_withheld(span, i)
                                : i >= span->carved)
            block_set_add(set, i);
}
