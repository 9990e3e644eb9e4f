// own_heap.c - what blocks take when they have a heap of their own.
#include "viewer/metric/own_heap.h"

enum {
    FIRST_SEGMENT_SPANS = 4,
    HUGE_SEGMENT_SPANS = 32,
    MOST_SEGMENT_SPANS = 64,
    SEGMENT_PART = 8
};

void own_heap_add(struct own_heap *own, uint8_t class_index, uint32_t per_span,
                  uint64_t blocks, uint64_t bytes) {
    if (per_span == 0) {
        own->large += bytes;
        return;
    }
    own->blocks[class_index] += blocks;
    own->per_span[class_index] = per_span;
}

uint64_t own_heap_next(uint64_t all, bool huge) {
    uint64_t next = huge ? HUGE_SEGMENT_SPANS : FIRST_SEGMENT_SPANS;
    while (next * 2 <= MOST_SEGMENT_SPANS && next * 2 <= all / SEGMENT_PART)
        next *= 2;
    return next;
}

struct own_heap_mapped own_heap_shared(uint64_t spans, uint64_t lost) {
    struct own_heap_mapped all = {0, 0};
    for (uint64_t usable = 0; usable < spans;) {
        uint64_t next = own_heap_next(usable + all.segments, false);
        all.spans += next;
        all.segments++;
        usable += next - lost;
    }
    return all;
}

uint64_t own_heap_spans(const struct own_heap *own) {
    uint64_t spans = (own->large + own->span_bytes - 1) / own->span_bytes;
    for (int i = 0; i < 256; i++)
        if (own->blocks[i] > 0)
            spans += (own->blocks[i] + own->per_span[i] - 1) / own->per_span[i];
    return spans;
}

uint64_t own_heap_bytes(const struct own_heap *own) {
    uint64_t spans = own_heap_spans(own);
    uint64_t mapped = 0, next = FIRST_SEGMENT_SPANS;
    while (mapped < spans) {
        mapped += next;
        if (next < MOST_SEGMENT_SPANS)
            next *= 2;
    }
    return mapped * own->span_bytes;
}
