// heap.c - whether all that a heap holds agrees; and the heap of nobody.
#include "core/heap/heap.h"

#include "core/hook.h"

// Its thread cache counts as full.
struct heap rp_no_heap = {.number = RP_NO_HEAP,
                          .cache.spans = SIZE_MAX / 2,
                          .pages = PAGE_MAP_NO_HINT};

int rp_heap_is_empty(const struct heap *heap) {
    return heap_spans(heap) == 0 && heap->large == NULL;
}

static uint32_t list_length(const struct block *list) {
    uint32_t length = 0;

    for (; list != NULL; list = list->next)
        ++length;
    return length;
}

// What the spans of a class count as used, but for the active one's own.
static uint32_t out_of_spans(const struct heap *heap, unsigned class_index) {
    const struct span *active = heap->active[class_index];
    uint32_t out = active != NULL ? active->used - 1 : 0;

    for (const struct span *s = heap->partial[class_index]; s != NULL;
         s = s->next)
        out += span_used(s);
    for (const struct span *s = heap->full; s != NULL; s = s->next)
        out += s->class_index == class_index ? span_used(s) : 0;
    return out;
}

// Whether the heap's list of a class is what it may be.
static int list_valid(const struct heap *heap, unsigned class_index) {
    const struct span *active = heap->active[class_index];
    uint32_t length = list_length(heap->free[class_index]);

    if (class_index >= SMALL_CLASSES)
        return length == heap->medium.length[class_index - SMALL_CLASSES] &&
               out_of_spans(heap, class_index) ==
                   heap->medium.out[class_index - SMALL_CLASSES];
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
