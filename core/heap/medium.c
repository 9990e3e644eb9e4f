// medium.c - fulfils medium.h.
#include "core/heap/medium.h"

#include "core/base/bits.h"
#include "core/heap/budget.h"
#include "core/os/check.h"

struct block *rp_medium_spill(struct heap *heap, unsigned class_index,
                              uint32_t keep) {
    struct block **end = &heap->free[class_index];
    uint32_t *length = &heap->medium.length[class_index - SMALL_CLASSES];

    if (*length <= keep)
        return NULL;
    medium_out(heap, class_index, keep - *length);
    *length = keep;
    for (; keep > 0; --keep)
        end = &(*end)->next;
    struct block *spilt = *end;
    *end = NULL;
    return spilt;
}

static int pay(struct heap *heap, unsigned class_index) {
    if (!medium_is_paid(heap, class_index) && rp_budget_take_for_list())
        heap->medium.paid |= 1u << (class_index - SMALL_CLASSES);
    return medium_is_paid(heap, class_index);
}

void rp_medium_lower_limits(struct heap *heap) {
    struct medium_lists *medium = &heap->medium;
    uint32_t budget = medium->grown + count_bits(medium->paid);

    if (budget != 0)
        rp_budget_give(budget);
    medium->grown = 0;
    medium->paid = 0;
    for (unsigned m = 0; m < MEDIUM_CLASSES; ++m)
        medium->limit[m] = 0;
}

// Whether all that a class ever had is no more than few blocks: who allocates
// and frees one by turns does not go to the caches each time.
enum { FEW_BLOCKS = 2 };

static int keeps_little(const struct heap *heap, unsigned class_index) {
    const struct span *span = heap->active[class_index];

    // relaxed: ours
    return load_relaxed(&heap->class_spans[class_index]) == 1 && span != NULL &&
           span->carved <= FEW_BLOCKS;
}

int rp_medium_is_over(struct heap *heap, unsigned class_index) {
    const struct medium_lists *medium = &heap->medium;
    size_t m = class_index - SMALL_CLASSES;

    return !pay(heap, class_index) && medium->out[m] - medium->length[m] == 1 &&
           !keeps_little(heap, class_index);
}

void rp_medium_limit(struct heap *heap, size_t class_index) {
    size_t m = class_index - SMALL_CLASSES;
    uint32_t most = rp_size_classes[class_index].capacity;
    uint32_t out = heap->medium.out[m];

    // Before the first free it is not known whether there is budget.
    if (heap->medium.limit[m] != 0)
        heap->medium.limit[m] = out > most ? most : out > 1 ? out - 1 : 0;
}

struct block *rp_medium_make_room(struct heap *heap, unsigned class_index) {
    struct medium_lists *medium = &heap->medium;
    size_t m = class_index - SMALL_CLASSES;
    uint32_t *limit = &medium->limit[m];
    uint32_t capacity = rp_size_classes[class_index].capacity;
    int is_wanted = medium->wanted[m];
    struct block *spilt = NULL;

    medium->wanted[m] = 0;
    // A first list of each class, without budget too; the growth of all is
    // bounded.
    if (*limit < capacity) {
        *limit = capacity;
    } else if (is_wanted && medium->grown < MEDIUM_LIST_BYTES / SPAN_BYTES &&
               pay(heap, class_index) && rp_budget_take_for_list()) {
        medium->grown += 1;
        *limit += capacity;
    } else if (!is_wanted && *limit > capacity) {
        rp_budget_give(1);
        medium->grown -= 1;
        *limit -= capacity;
    }
    // A limit without budget may fall by that.
    if (medium->length[m] >= *limit)
        spilt =
            rp_medium_spill(heap, class_index, *limit / (is_wanted ? 2 : 8));
    CHECK(medium->length[m] < *limit);
    return spilt;
}
