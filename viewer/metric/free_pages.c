// free_pages.c - fulfils free_pages.h.
#include "viewer/metric/free_pages.h"

#include "viewer/heap/address.h"

enum { LIVE_PART = 4 };

struct search {
    const struct heap *heap;
    uint64_t held;
};

// A bit for each of the pages that lie from `first` to before `end`, in part or
// all.
static uint64_t pages_between(uint64_t page, uint64_t first, uint64_t end) {
    first /= page;
    end = (end - 1) / page + 1;
    uint64_t below =
        end < FREE_PAGES_MOST ? (UINT64_C(1) << end) - 1 : UINT64_MAX;
    return first < FREE_PAGES_MOST ? below & UINT64_MAX << first : 0;
}

static bool is_sparse(const struct heap *heap, const struct span *span) {
    return span->block_bytes > 0 && span->live > 0 && heap->page_bytes > 0 &&
           (uint64_t)span->live * LIVE_PART <= span->blocks &&
           span->bytes <= heap->page_bytes * FREE_PAGES_MOST;
}

uint32_t free_pages_of(const struct heap *heap, const struct span *span) {
    uint64_t page = heap->page_bytes, size = span->block_bytes;
    uint64_t start =
        is_sparse(heap, span) ? address_of_block(heap, span, 0) : 0;
    if (start == 0 || span->touched == 0)
        return 0;
    // Of the page on which the first block begins, behind the header.
    uint64_t at = start % page, has = at > 0;
    uint64_t had = pages_between(page, at, at + span->touched * size);
    for (uint32_t i = 0; i < span->touched; i++)
        if (span_has(span, i))
            has |= pages_between(page, at + i * size, at + (i + 1) * size);
    return (uint32_t)__builtin_popcountll(had & ~has);
}

static void look_at(struct span *span, void *context) {
    struct search *search = context;
    if (span->place != SPAN_IN_HEAP || span->state != TRACE_SPAN_PARTIAL ||
        !is_sparse(search->heap, span))
        return;
    uint64_t pages =
        span->saved ? span->free_pages : free_pages_of(search->heap, span);
    uint64_t bytes = pages * search->heap->page_bytes;
    if (bytes > span->decommitted)
        search->held += bytes - span->decommitted;
}

uint64_t free_pages_held(const struct heap *heap) {
    struct search search = {.heap = heap};
    spans_each(&heap->spans, look_at, &search);
    return search.held;
}
