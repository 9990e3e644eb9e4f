// place.c - a span goes from one place to another.
#include "viewer/heap/place.h"

#include "viewer/heap/blocks.h"

struct span_use place_of(const struct span *span) {
    return (struct span_use){span->heap, span->run, span->place,
                             span->class_index, span->state};
}

void place_use(struct heap *heap, struct span *span,
               const struct span_use *use) {
    struct heap_change *change = heap_change_of(heap, CHANGE_SPAN, span);
    change->from = place_of(span);
    change->to = *use;
    heap_do(heap, change);
}

void place_set(struct heap *heap, struct span *span, uint8_t place,
               uint32_t number) {
    struct span_use use = place_of(span);
    use.heap = number;
    use.place = place;
    use.run = 1;
    place_use(heap, span, &use);
}

void place_free(struct heap *heap, struct span *span) {
    if (span->place == SPAN_IN_RUN)
        span -= span->run;
    if (span->place != SPAN_IN_HEAP)
        return;
    if (span->live > 0)
        spans_unpack(&heap->spans, span);
    for (uint32_t i = 0; span->live > 0 && i < span->touched; i++)
        blocks_drop(heap, span, i);
    if (span->deferred > 0)
        blocks_collect(heap, span, span->deferred, span->heap);
    for (uint32_t i = 0, run = span->run; i < run; i++)
        place_set(heap, &span[i], SPAN_IN_SEGMENT, span[i].heap);
}
