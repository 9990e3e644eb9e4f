// page_runs.c - fulfils page_runs.h.
#include "viewer/metric/page_runs.h"

#include <stdlib.h>

static int compare_runs(const void *left, const void *right) {
    const struct page_run *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

void page_runs_take(struct page_runs *runs, struct pool *pool,
                    const struct pages *pages, unsigned states) {
    *runs = (struct page_runs){
        .list = pool_get(pool, (pages->count + 1) * sizeof *runs->list)};
    for (size_t i = 0; i < pages->count; i++)
        if (pages->runs[i].state <= PAGES_REGION &&
            states >> pages->runs[i].state & 1)
            runs->list[runs->count++] = pages->runs[i];
    if (runs->count > 0)
        qsort(runs->list, runs->count, sizeof *runs->list, compare_runs);
}

void page_runs_give(struct page_runs *runs, struct pool *pool) {
    pool_give(pool, runs->list);
}

uint64_t page_runs_overlap(const struct page_runs *runs, uint64_t from,
                           uint64_t to) {
    size_t low = 0, high = runs->count;
    uint64_t bytes = 0;
    // The first run that ends behind `from`: they do not overlap.
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (runs->list[middle].address + runs->list[middle].bytes <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < runs->count && runs->list[low].address < to; low++) {
        uint64_t start = runs->list[low].address;
        uint64_t end = start + runs->list[low].bytes;
        bytes += (end < to ? end : to) - (start > from ? start : from);
    }
    return bytes;
}
