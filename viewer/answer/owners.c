// owners.c - which thread had a heap at any time.
#include "viewer/answer/owners.h"

#include <stdlib.h>
#include <string.h>

static int compare_turns(const void *left, const void *right) {
    const struct heap_turn *a = left, *b = right;
    if (a->heap != b->heap)
        return a->heap < b->heap ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

void owners_make(struct owners *owners, const struct threads *threads,
                 struct pool *pool) {
    owners->count = threads->turn_count;
    owners->turns = pool_get(pool, owners->count * sizeof *owners->turns);
    if (owners->count == 0)
        return;
    memcpy(owners->turns, threads->turns,
           owners->count * sizeof *owners->turns);
    qsort(owners->turns, owners->count, sizeof *owners->turns, compare_turns);
}

uint32_t owners_find(const struct owners *owners, uint32_t heap,
                     uint64_t time) {
    const struct heap_turn wanted = {.heap = heap, .from = time};
    size_t low = 0, high = owners->count; // the first that is behind
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_turns(&owners->turns[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && owners->turns[low - 1].heap == heap
               ? owners->turns[low - 1].thread
               : (uint32_t)OWNERS_NOBODY;
}
