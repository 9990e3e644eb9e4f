// heap_digest.c - a recorded heap as a number.
#include "tests/viewer/heap_digest.h"

static void mix(uint64_t *digest, uint64_t value) {
    *digest = (*digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    *digest ^= *digest >> 29;
}

struct digesting {
    const struct spans *spans;
    uint64_t *digest;
};

static void digest_span(struct span *span, void *context) {
    const struct digesting *digesting = context;
    uint64_t *digest = digesting->digest, own = 0;
    spans_unpack(digesting->spans, span);
    mix(&own, span->number);
    mix(&own, (uint64_t)span->place << 16 | (uint64_t)span->state);
    mix(&own, (uint64_t)span->heap << 32 | span->run);
    mix(&own, (uint64_t)span->live << 32 | span->deferred);
    mix(&own, span->decommitted);
    mix(&own, span->used);
    mix(&own, (uint64_t)span->blocks << 32 | span->block_bytes);
    for (uint32_t i = 0; i < span->touched && i < span->blocks; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->stack == SLOT_NEVER)
            continue;
        mix(&own, i);
        mix(&own, slot->birth);
        mix(&own, slot->stack);
        mix(&own, slot->birth == SLOT_FREE ? 0 : slot->wanted);
    }
    *digest += own; // huge spans come in no order
}

uint64_t heap_digest(const struct heap *heap) {
    uint64_t all = heap->held * 31 + heap->bookkeeping_bytes;
    spans_each(&heap->spans, digest_span,
               &(struct digesting){&heap->spans, &all});
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (segment)
            mix(&all, segment->address ^ segment->bytes << 20 ^ i);
    }
    if (heap->before)
        spans_each(&heap->before->spans, digest_span,
                   &(struct digesting){&heap->before->spans, &all});
    return all;
}
