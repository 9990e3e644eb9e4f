// address.c - between addresses of the program and the numbers of spans and
// blocks.
#include "viewer/heap/address.h"

static uint64_t address_of_span(const struct heap *heap,
                                const struct span *span) {
    uint32_t number = spans_segment_of(&heap->spans, span->number);
    const struct segment *segment = spans_segment(&heap->spans, number);
    if (span->number >= SPAN_HUGE_BIT || !segment)
        return 0;
    uint64_t index = span->number - number * heap->spans.per_segment;
    return segment->span_address + index * heap->span_bytes;
}

// Where the first block of a span begins in it: behind its header, if it has
// one, where blocks of that size are aligned as their size allows.
static uint64_t first_block(const struct heap *heap, const struct span *span) {
    uint64_t size = span->block_bytes;
    if (size == 0)
        return heap->header_bytes;
    if (size * span->blocks >= span->bytes)
        return 0;
    return heap->span_header > (size & -size) ? heap->span_header
                                              : size & -size;
}

uint64_t address_of_block(const struct heap *heap, const struct span *span,
                          uint32_t block) {
    uint64_t start = address_of_span(heap, span);
    return start == 0 || span->place != SPAN_IN_HEAP || block >= span->blocks
               ? 0
               : start + first_block(heap, span) +
                     (uint64_t)block * span->block_bytes;
}

static void find_block(const struct heap *heap, const struct span *span,
                       uint64_t offset, struct address_place *place) {
    uint64_t first = first_block(heap, span), size = span->block_bytes;
    if (span->place != SPAN_IN_HEAP || offset < first)
        return;
    uint64_t block = size > 0 ? (offset - first) / size : 0;
    place->in_block = block < span->blocks;
    place->block = place->in_block ? (uint32_t)block : 0;
}

bool address_find(const struct heap *heap, uint64_t address,
                  struct address_place *place) {
    const struct spans *spans = &heap->spans;
    for (uint32_t i = 0; i < spans->segment_limit; i++) {
        const struct segment *segment = spans_segment(spans, i);
        if (!segment || address < segment->span_address ||
            address - segment->span_address >=
                (uint64_t)segment->count * heap->span_bytes)
            continue;
        uint64_t index = (address - segment->span_address) / heap->span_bytes;
        const struct span *span = &segment->spans[index];
        if (span->place == SPAN_IN_RUN)
            span -= span->run;
        *place = (struct address_place){.span = span->number};
        find_block(heap, span, address - address_of_span(heap, span), place);
        return true;
    }
    return false;
}
