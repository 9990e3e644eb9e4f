// untouched.c - what of the live blocks nobody has ever touched.
#include "viewer/answer/untouched.h"

#include <stdlib.h>

#include "viewer/answer/state.h"

struct search {
    struct answer *answer;
    const struct heap *heap;
    const struct pages *pages;
    const struct page_run *runs; // never touched, by address
    size_t count;
    uint64_t header; // of a span
};

static int compare_runs(const void *left, const void *right) {
    const struct page_run *a = left, *b = right;
    return a->address < b->address ? -1 : a->address > b->address;
}

// How many of the bytes are in those pages.
static uint64_t overlap(const struct search *search, uint64_t from,
                        uint64_t to) {
    size_t low = 0, high = search->count;
    uint64_t bytes = 0;
    // The first run that ends behind `from`: they do not overlap.
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (search->runs[middle].address + search->runs[middle].bytes <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < search->count && search->runs[low].address < to; low++) {
        uint64_t start = search->runs[low].address;
        uint64_t end = start + search->runs[low].bytes;
        bytes += (end < to ? end : to) - (start > from ? start : from);
    }
    return bytes;
}

// 0: not known.
static uint64_t address_of(const struct search *search,
                           const struct span *span) {
    const struct spans *spans = &search->heap->spans;
    if (span->number >= SPAN_HUGE_BIT)
        return pages_of_huge(search->pages, span->number);
    uint32_t number = spans_segment_of(spans, span->number);
    const struct segment *segment = spans_segment(spans, number);
    return segment
               ? segment->span_address +
                     (uint64_t)(span->number - number * spans->per_segment) *
                         search->heap->span_bytes
               : 0;
}

// Where the first block of the span begins.
static uint64_t start_of(const struct search *search, const struct span *span) {
    if (span->block_bytes == 0)
        return search->heap->header_bytes;
    if ((uint64_t)span->blocks * span->block_bytes == span->bytes)
        return 0;
    uint64_t alignment = span->block_bytes & (~span->block_bytes + 1u);
    return alignment > search->header ? alignment : search->header;
}

static void look_at(struct span *span, void *context) {
    const struct search *search = context;
    struct answer *a = search->answer;
    uint64_t address = address_of(search, span);
    if (span->place != SPAN_IN_HEAP || span->live == 0 || address == 0 ||
        overlap(search, address, address + span_run_bytes(span)) == 0)
        return;
    uint64_t start = address + start_of(search, span);
    const struct stacks *stacks = &a->state->now->metrics.stacks;
    for (uint32_t i = 0; i < span->touched; i++) {
        if (!span_has(span, i) || span->slots[i].birth > search->pages->time)
            continue;
        uint64_t at = start + (uint64_t)i * span->block_bytes;
        uint64_t bytes = overlap(search, at, at + span_wanted(span, i));
        a->untouched_bytes += bytes;
        uint32_t site =
            a->state->site_of_stack[stacks_find(stacks, span->slots[i].stack)];
        if (site < a->site_count)
            a->sites[site].untouched_bytes += bytes;
    }
}

void untouched_fill(struct answer *a) {
    const struct pages *pages = &a->state->now->metrics.pages;
    struct page_run *runs =
        pool_get(&a->state->pool, pages->count * sizeof *runs);
    struct search search = {
        a,     &a->state->now->heap,
        pages, runs,
        0,     trace_fact_number(&a->state->tables, "span_header_bytes", 0)};
    for (size_t i = 0; i < pages->count; i++)
        if (pages->runs[i].state == TRACE_PAGE_NONE)
            runs[search.count++] = pages->runs[i];
    if (search.count > 0) {
        qsort(runs, search.count, sizeof *runs, compare_runs);
        spans_each(&search.heap->spans, look_at, &search);
    }
    pool_give(&a->state->pool, runs);
}
