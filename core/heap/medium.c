// medium.c - fulfils medium.h.
#include "core/heap/medium.h"

#include "core/os/check.h"

struct block *rp_medium_spill(struct heap *heap, unsigned class_index,
                              uint32_t keep) {
    struct block **end = &heap->free[class_index];
    uint32_t *length = &heap->medium.length[class_index - SMALL_CLASSES];

    if (*length <= keep)
        return NULL;
    *length = keep;
    for (; keep > 0; --keep)
        end = &(*end)->next;
    struct block *spilt = *end;
    *end = NULL;
    return spilt;
}

struct block *rp_medium_make_room(struct heap *heap, unsigned class_index) {
    struct medium_lists *medium = &heap->medium;
    uint32_t *limit = &medium->limit[class_index - SMALL_CLASSES];
    struct block *spilt = NULL;

    // A first list of each class is free, the growth of all is bounded.
    if (*limit == 0 || medium->grown < MEDIUM_LIST_BYTES / SPAN_BYTES) {
        medium->grown += *limit != 0;
        *limit += rp_size_classes[class_index].capacity;
    }
    if (medium->length[class_index - SMALL_CLASSES] >= *limit)
        spilt = rp_medium_spill(heap, class_index, *limit / 2);
    CHECK(medium->length[class_index - SMALL_CLASSES] < *limit);
    return spilt;
}
