// notes.c - what the trace notes of a time: marks, and how much of what is held
// was in memory.
#include "viewer/heap/notes.h"

#include "viewer/base/memory.h"

void notes_mark(struct model *model, const struct trace_event *event) {
    if (model->mark_count == MODEL_MAX_MARKS)
        return;
    model->marks = memory_grow(model->marks, model->mark_count,
                               &model->mark_capacity, sizeof *model->marks);
    model->marks[model->mark_count++] =
        (struct model_mark){model->time, event->value[0]};
}

void notes_residency(struct model *model, const struct trace_event *event) {
    struct model_residency *r = &model->residency;
    if (r->samples == 0 || r->time != model->time) {
        uint64_t held = (uint64_t)model->held.value;
        *r = (struct model_residency){.samples = r->samples + 1,
                                      .time = model->time,
                                      .held =
                                          held > model->bookkeeping_bytes
                                              ? held - model->bookkeeping_bytes
                                              : 0};
    }
    if (event->value[1] >= (UINT64_C(1) << 52) ||
        event->value[2] > event->value[1]) {
        model_impossible(model, event);
        return;
    }
    r->mapped += event->value[1];
    r->resident += event->value[2];
}
