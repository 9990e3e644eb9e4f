// medium.c - fulfils medium.h.
#include "core/heap/medium.h"

#include "core/heap/budget.h"
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

void rp_medium_lower_limits(struct heap *heap) {
    struct medium_lists *medium = &heap->medium;

    if (medium->grown == 0)
        return;
    rp_budget_give(medium->grown);
    medium->grown = 0;
    for (unsigned m = 0; m < MEDIUM_CLASSES; ++m)
        medium->limit[m] = 0;
}

struct block *rp_medium_make_room(struct heap *heap, unsigned class_index) {
    struct medium_lists *medium = &heap->medium;
    size_t m = class_index - SMALL_CLASSES;
    uint32_t *limit = &medium->limit[m];
    uint32_t capacity = rp_size_classes[class_index].capacity;
    int is_wanted = medium->wanted[m];
    struct block *spilt = NULL;

    medium->wanted[m] = 0;
    // A first list of each class is free, the growth of all is bounded.
    if (*limit == 0 ||
        (is_wanted && medium->grown < MEDIUM_LIST_BYTES / SPAN_BYTES &&
         rp_budget_take(1))) {
        medium->grown += *limit != 0;
        *limit += capacity;
    } else if (!is_wanted && *limit > capacity) {
        rp_budget_give(1);
        medium->grown -= 1;
        *limit -= capacity;
    }
    if (medium->length[m] >= *limit)
        spilt =
            rp_medium_spill(heap, class_index, *limit / (is_wanted ? 2 : 8));
    CHECK(medium->length[m] < *limit);
    return spilt;
}
