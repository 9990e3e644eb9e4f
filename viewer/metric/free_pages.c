// free_pages.c - fulfils free_pages.h.
#include "viewer/metric/free_pages.h"

#include "viewer/heap/address.h"

enum { LIVE_PART = 4, PAGES_MOST = 64 };

struct search {
    const struct heap *heap;
    uint64_t page; // bytes
    uint64_t held;
};

// The pages of a block, a bit each.
static uint64_t pages_of(const struct search *search, const struct span *span,
                         uint32_t block) {
    uint64_t at = address_of_block(search->heap, span, block) % span->bytes;
    uint64_t first = at / search->page;
    uint64_t end = (at + span->block_bytes - 1) / search->page + 1;
    uint64_t below = end < PAGES_MOST ? (UINT64_C(1) << end) - 1 : UINT64_MAX;
    return first < PAGES_MOST ? below & UINT64_MAX << first : 0;
}

static void look_at(struct span *span, void *context) {
    struct search *search = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0 ||
        span->live == 0 || span->state != TRACE_SPAN_PARTIAL ||
        (uint64_t)span->live * LIVE_PART > span->blocks ||
        span->bytes > search->page * PAGES_MOST)
        return;
    spans_unpack(&search->heap->spans, span);
    // Bits of pages that had a block, and have one, or the header.
    uint64_t had = 0, has = 0;
    if (address_of_block(search->heap, span, 0) % span->bytes > 0)
        has = 1;
    for (uint32_t i = 0; i < span->touched; i++) {
        uint64_t pages = pages_of(search, span, i);
        had |= pages;
        has |= span_has(span, i) ? pages : 0;
    }
    uint64_t bytes = 0;
    for (uint64_t free = had & ~has; free != 0; free &= free - 1)
        bytes += search->page;
    if (bytes > span->decommitted)
        search->held += bytes - span->decommitted;
}

uint64_t free_pages_held(const struct heap *heap) {
    struct search search = {
        .heap = heap,
        .page = trace_fact_number(heap->tables, "page_bytes", 4096),
    };
    if (search.page > 0)
        spans_each(&heap->spans, look_at, &search);
    return search.held;
}
