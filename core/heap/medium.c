// medium.c - fulfils medium_list.h.
#include "core/heap/medium.h"

#include "core/os/check.h"

void rp_medium_list_spill(struct heap *heap, unsigned class_index,
                          uint32_t keep) {
    struct block **end = &heap->free[class_index];
    uint32_t *length = &heap->medium.length[class_index - SMALL_CLASSES];

    if (*length <= keep)
        return;
    *length = keep;
    for (; keep > 0; --keep)
        end = &(*end)->next;
    struct block *block = *end;
    *end = NULL;
    while (block != NULL) {
        struct block *next = block->next;
        rp_heap_free_special(heap, span_of(block), block);
        block = next;
    }
}

static void make_room(struct heap *heap, unsigned class_index) {
    struct medium_lists *medium = &heap->medium;
    uint32_t *limit = &medium->limit[class_index - SMALL_CLASSES];

    // A first list of each class is free, the growth of all is bounded.
    if (*limit == 0 || medium->grown < MEDIUM_LIST_BYTES / SPAN_BYTES) {
        medium->grown += *limit != 0;
        *limit += rp_size_classes[class_index].capacity;
    }
    if (medium->length[class_index - SMALL_CLASSES] >= *limit)
        rp_medium_list_spill(heap, class_index, *limit / 2);
    CHECK(medium->length[class_index - SMALL_CLASSES] < *limit);
}

void rp_medium_list_push(struct heap *heap, const struct span *span,
                         struct block *block) {
    if (!medium_list_has_room(heap, span))
        make_room(heap, span->class_index);
    medium_list_push(heap, span, block);
}
