// pages.h - which pages were not in memory, by the last sample, which were
// looked at, and where huge blocks lie.
#ifndef RPSCOPE_METRIC_PAGES_H
#define RPSCOPE_METRIC_PAGES_H

#include "viewer/metric/metric.h"
#include "viewer/metric/ring_index.h"

// Pages in a row.
struct page_run {
    uint64_t address, bytes;
    uint64_t state; // enum trace_page_state, or PAGES_REGION
};
enum { PAGES_REGION = 16 }; // that was looked at

struct pages {
    struct pool *pool;
    uint64_t time; // of the sample, steps since the start
    bool sampled;
    struct page_run *runs;
    size_t count, capacity;
    struct ring_index huge; // in addresses, of a huge block's span
    uint64_t *addresses;
    size_t address_count, address_capacity;
};

extern const struct metric pages_metric;

// Where a huge block's memory begins; 0: not known.
uint64_t pages_of_huge(const struct pages *pages, uint32_t span);

#endif
