// free_pages.c - fulfils free_pages.h.
#include "viewer/metric/free_pages.h"

#include "viewer/heap/address.h"

enum { LIVE_PART = 4, PAGES_MOST = 64 };

struct search {
    const struct heap *heap;
    uint64_t page; // bytes
    uint64_t held;
};

// The pages of bytes of a span, a bit each.
static uint64_t pages_of(const struct search *search, uint64_t at,
                         uint64_t bytes) {
    uint64_t first = at / search->page;
    uint64_t end = (at + bytes - 1) / search->page + 1;
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
    uint64_t start = address_of_block(search->heap, span, 0);
    if (start == 0)
        return;
    spans_unpack(&search->heap->spans, span);
    if (span->touched == 0)
        return;
    // Bits of pages that had a block, and have one, or the header.
    uint64_t at = start % span->bytes, size = span->block_bytes, bytes = 0;
    uint64_t had = pages_of(search, at, span->touched * size);
    uint64_t has = at > 0;
    for (uint32_t i = 0; i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            has |= pages_of(search, at + i * size, size);
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
