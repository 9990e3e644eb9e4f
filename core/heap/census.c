// census.c - what the spans of a heap hold, and whether it all agrees.
#include "core/heap/heap.h"

#include "core/span/block_set.h"

static uint32_t list_length(const struct block *list) {
    uint32_t length = 0;

    for (; list != NULL; list = list->next)
        ++length;
    return length;
}

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

uint32_t rp_heap_unused(const struct heap *heap, const struct span *span) {
    struct block_set listed;
    uint32_t unused = heap->active[span->class_index] == span;

    block_set_clear(&listed);
    add_listed(heap, span, &listed);
    for (uint32_t i = 0; i < span->capacity; ++i)
        unused += (uint32_t)block_set_has(&listed, i);
    return unused;
}

// Whether the heap's list of a class is what it may be.
static int list_valid(const struct heap *heap, unsigned class_index) {
    const struct span *active = heap->active[class_index];
    uint32_t length = list_length(heap->free[class_index]);

    if (class_index >= SMALL_CLASSES)
        return length == heap->medium.length[class_index - SMALL_CLASSES];
    return active != NULL ? length < active->used : length == 0;
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
        if (!list_valid(heap, c) ||
            (active != NULL && !span_valid(heap, active, c)))
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
    return heap_spans(heap) == 0 && heap->beyond == NULL;
}

void rp_heap_add_free(const struct span *span, struct block_set *set) {
    const struct heap *heap = span_heap(span);

    block_set_add_list(set, span, span->free);
    add_listed(heap, span, set);
    for (uint32_t i = 0; i < span->capacity; ++i)
        if (span->released != 0 ? rp_sparse_is_withheld(span, i)
                                : i >= span->carved)
            block_set_add(set, i);
}
