// collected.c - fulfils collected.h.
#include "viewer/metric/collected.h"

#include "viewer/metric/own_heap.h"

// Spans of a segment, by what they are before all is collected.
struct counted {
    uint64_t live, kept, global, unused; // how many
    uint64_t live_bytes, unused_bytes;   // without what was given back
};

static bool has_live(const struct span *span) {
    const struct span *first =
        span->place == SPAN_IN_RUN ? span - span->run : span;
    return first->place == SPAN_IN_HEAP && first->live > 0;
}

static struct counted count_spans(const struct segment *segment) {
    struct counted counted = {0};
    for (uint32_t i = 0; i < segment->count; i++) {
        const struct span *span = &segment->spans[i];
        uint64_t bytes = span->bytes - span->decommitted;
        bool live = has_live(span), unused = span->place == SPAN_IN_SEGMENT;
        counted.live += live;
        counted.live_bytes += live ? bytes : 0;
        counted.unused += unused;
        counted.unused_bytes += unused ? bytes : 0;
        counted.global += span->place == SPAN_IN_GLOBAL;
    }
    counted.kept =
        segment->count - counted.live - counted.global - counted.unused;
    return counted;
}

static uint64_t take(uint64_t *wanted, uint64_t there) {
    uint64_t taken = *wanted < there ? *wanted : there;
    *wanted -= taken;
    return taken;
}

// Of one segment, of whose spans those that threads keep are `again` used, and
// `more` of the others.
static uint64_t held_of(const struct segment *segment, uint32_t span_bytes,
                        bool pages, uint64_t *again, uint64_t *more) {
    struct counted c = count_spans(segment);
    uint64_t used = take(again, c.kept) + take(more, c.global);
    uint64_t taken = take(more, c.unused);
    if (c.live + used + taken == 0)
        return 0;
    uint64_t empty = c.kept + c.global - used;
    uint64_t unused =
        c.unused ? c.unused_bytes * (c.unused - taken) / c.unused : 0;
    return segment->bytes - (uint64_t)segment->count * span_bytes +
           c.live_bytes + unused + (used + taken) * span_bytes +
           (pages ? 0 : empty * span_bytes);
}

static void add_huge(struct span *span, void *context) {
    uint64_t *held = context;
    if (span->number >= SPAN_HUGE_BIT && span->live > 0)
        *held += span->bytes - span->decommitted;
}

uint64_t collected_held(const struct heap *heap,
                        const struct collected_way *way, uint64_t more) {
    uint64_t held = heap->bookkeeping_bytes, kept = 0;
    uint64_t mapped = 0, segments = 0, lead = 0;
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (!segment)
            continue;
        kept += count_spans(segment).kept;
        mapped += segment->count;
        segments++;
        lead |= segment->bytes > (uint64_t)segment->count * heap->span_bytes;
    }
    uint64_t again = take(&more, kept);
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (segment)
            held +=
                held_of(segment, heap->span_bytes, way->pages, &again, &more);
    }
    for (uint64_t next; more > 0; take(&more, next - lead)) {
        next = own_heap_next(mapped + segments++, way->huge);
        mapped += next - lead;
        held += next * heap->span_bytes;
    }
    spans_each(&heap->spans, add_huge, &held);
    return held;
}
