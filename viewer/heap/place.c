// place.c - a span goes from one place to another, and what it counts for
// follows.
#include "viewer/heap/place.h"

#include "viewer/heap/blocks.h"

void place_set(struct model *model, struct span *span, uint8_t place,
               uint32_t heap) {
    model_account(model, span, -1);
    span->place = place;
    span->heap = heap;
    model_account(model, span, 1);
}

static void leave_heap(struct model *model, struct span *span) {
    for (uint32_t i = 0; span->live > 0 && i < span->blocks; i++)
        blocks_drop(model, span, i);
    span_touch(span, model->time);
    model_account(model, span, -1);
    model->classes[span->class_index].deferred -= span->deferred;
    span->deferred = 0;
    for (uint32_t i = 0; i < span->run; i++)
        span[i].place = SPAN_AWAY;
    uint32_t run = span->run;
    span->run = 1;
    for (uint32_t i = 0; i < run; i++) {
        span[i].run = 1;
        span[i].blocks = 0;
        span[i].place = SPAN_IN_SEGMENT;
        model_account(model, &span[i], 1);
    }
}

void place_free(struct model *model, struct span *span) {
    if (span->place == SPAN_IN_RUN)
        span -= span->run;
    if (span->place == SPAN_IN_HEAP)
        leave_heap(model, span);
}
