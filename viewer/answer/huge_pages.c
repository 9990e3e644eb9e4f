// huge_pages.c - fulfils huge_pages.h.
#include "viewer/answer/huge_pages.h"

#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/heap/address.h"
#include "viewer/metric/page_runs.h"

enum { UNIT = 2 << 20 }; // bytes of a huge page (core/span/huge_unit.h)

struct search {
    struct answer *answer;
    const struct heap *heap;
    struct page_runs absent, seen; // of the last sample
    bool sampled;
};

// The end of the last block that ever was in the span, from its start.
static uint64_t used_end(const struct heap *heap, const struct span *span) {
    if (span->place == SPAN_IN_SEGMENT)
        return 0;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0 ||
        span->touched == 0)
        return span->bytes;
    uint64_t start = address_of_block(heap, span, 0) % span->bytes;
    return start + (uint64_t)span->touched * span->block_bytes;
}

// Bytes that are in memory from `at` to `end`, where nobody has been.
static uint64_t never_used(const struct search *s, uint64_t at, uint64_t end) {
    if (!s->sampled)
        return end - at;
    uint64_t seen = page_runs_overlap(&s->seen, at, end);
    uint64_t absent = page_runs_overlap(&s->absent, at, end);
    return seen > absent ? seen - absent : 0;
}

// Of spans [first .. end) of a segment, a huge page.
static void add_unit(struct search *s, const struct segment *segment,
                     uint32_t first, uint32_t end) {
    uint64_t bytes = 0, span_bytes = s->heap->span_bytes;
    bool touched = false;
    for (uint32_t i = first; i < end; i++) {
        struct span *span = &segment->spans[i];
        if (span->decommitted > 0)
            return; // it is in pieces
        spans_unpack(&s->heap->spans, span);
        uint64_t used = used_end(s->heap, span);
        uint64_t at = segment->span_address + i * span_bytes;
        touched |= used > 0;
        if (used < span_bytes)
            bytes += never_used(s, at + used, at + span_bytes);
    }
    s->answer->huge_page_bytes += touched ? bytes : 0;
}

static void add_segment(struct search *s, const struct segment *segment) {
    uint32_t per_unit = UNIT / s->heap->span_bytes;
    if (segment->span_address % UNIT != 0)
        return;
    for (uint32_t i = 0; i + per_unit <= segment->count; i += per_unit)
        add_unit(s, segment, i, i + per_unit);
}

void huge_pages_fill(struct answer *a) {
    const struct pages *pages = &a->state->now->metrics.pages;
    const struct heap *heap = &a->state->now->heap;
    struct pool *pool = &a->state->pool;
    if (!a->huge_pages || strcmp(a->huge_pages, "never") == 0 ||
        heap->span_bytes == 0 || heap->span_bytes > UNIT)
        return;
    struct search s = {.answer = a, .heap = heap, .sampled = pages->sampled};
    page_runs_take(&s.absent, pool, pages, PAGE_RUN_ABSENT);
    page_runs_take(&s.seen, pool, pages, PAGE_RUN_REGION);
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (segment)
            add_segment(&s, segment);
    }
    a->huge_pages_seen = s.sampled;
    page_runs_give(&s.absent, pool);
    page_runs_give(&s.seen, pool);
}
