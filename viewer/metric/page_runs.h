// page_runs.h - pages of the last sample of residency, by address.
#ifndef RPSCOPE_METRIC_PAGE_RUNS_H
#define RPSCOPE_METRIC_PAGE_RUNS_H

#include "viewer/metric/pages.h"

struct page_runs {
    struct page_run *list; // by address, none overlaps another
    size_t count;
};

// A bit for each state of a page (enum trace_page_state), and one for all that
// was looked at.
enum {
    PAGE_RUN_NONE = 1 << TRACE_PAGE_NONE,
    PAGE_RUN_SWAPPED = 1 << TRACE_PAGE_SWAPPED,
    PAGE_RUN_ABSENT = PAGE_RUN_NONE | PAGE_RUN_SWAPPED,
    PAGE_RUN_REGION = 1 << PAGES_REGION,
};

// Those of these states.
void page_runs_take(struct page_runs *runs, struct pool *pool,
                    const struct pages *pages, unsigned states);
void page_runs_give(struct page_runs *runs, struct pool *pool);

// How many of the bytes from `from` to `to` are in them.
uint64_t page_runs_overlap(const struct page_runs *runs, uint64_t from,
                           uint64_t to);

#endif
