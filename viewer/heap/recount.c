// recount.c - what a heap holds, counted from nothing but itself.
#include "viewer/heap/recount.h"

#include <string.h>

#include "viewer/heap/parts.h"

struct recount {
    const struct heap *heap;
    int64_t *parts;
    uint64_t live_blocks;
};

static void add_span(struct span *span, void *context) {
    struct recount *recount = context;
    int64_t parts[PARTS];
    parts_of_span(span, recount->heap->header_bytes, parts);
    for (int i = 0; i < PARTS; i++)
        recount->parts[i] += parts[i];
    if (span->place == SPAN_IN_HEAP)
        recount->live_blocks += span->live;
}

void recount_parts(const struct heap *heap, int64_t parts[PARTS],
                   uint64_t *live_blocks) {
    struct recount recount = {heap, parts, 0};
    memset(parts, 0, PARTS * sizeof *parts);
    spans_each(&heap->spans, add_span, &recount);
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (segment)
            parts[PART_SEGMENT] +=
                (int64_t)(segment->bytes -
                          (uint64_t)segment->count * heap->span_bytes);
    }
    parts[PART_OVERHEAD] += (int64_t)heap->bookkeeping_bytes;
    *live_blocks = recount.live_blocks;
}

static void check_span(struct span *span, void *context) {
    bool *right = context;
    uint64_t live = 0, used = 0;
    if (span->place != SPAN_IN_HEAP || span->packed)
        return; // what is packed was counted when it was written
    for (uint32_t i = 0; i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE) {
            live++;
            used += span->slots[i].wanted;
        }
    // A large block asks for more than its slot can say.
    *right &= live == span->live &&
              (span->block_bytes == 0 ? live <= 1 : used == span->used);
}

bool recount_blocks(const struct heap *heap) {
    bool right = true;
    spans_each(&heap->spans, check_span, &right);
    return right;
}
