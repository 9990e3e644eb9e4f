// snapshot.c - snapshots: the state of all heaps as the recorder tells it.
#include "viewer/heap/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"

enum { CLASSES = 256 };

// A state that is being told.
struct telling {
    struct spans before; // the heap up to then
    uint64_t left;       // events of ring 0 that are to come
    uint64_t time;       // of all of them, as in the trace
};

struct class_told {
    uint64_t spans, live;
    bool told;
};

struct told {
    struct class_told classes[CLASSES];
};

static struct model_snapshot *current(struct model *model) {
    return model->snapshot_count > 0
               ? &model->snapshots[model->snapshot_count - 1]
               : NULL;
}

static void note(struct model *model) {
    struct model_snapshot *now = current(model);
    now->held = (uint64_t)model->held.value;
    now->used = (uint64_t)model->parts[PART_USED].value;
    now->live_blocks = model->live_blocks;
}

// ---- a state ----

static void end_share(struct span *span, void *context) {
    struct model *model = context;
    if (span->place != SPAN_IN_HEAP)
        return;
    span_touch(span, model->time);
    for (uint32_t i = 0; span->live > 0 && i < span->blocks; i++)
        if (span->slots[i].birth != SLOT_FREE)
            model->stacks[span->slots[i].stack].share_sum +=
                span->share_sum - span->slots[i].share_mark;
}

static void begin_state(struct model *model, uint64_t left, uint64_t time) {
    spans_each(&model->spans, end_share, model);
    struct telling *telling = memory_zeroed(1, sizeof *telling);
    *telling = (struct telling){model->spans, left, time};
    spans_start(&model->spans, telling->before.per_segment);
    for (int i = 0; i < PARTS; i++)
        model_add(model, &model->parts[i], -model->parts[i].value);
    model_add(model, &model->held, -model->held.value);
    model->bookkeeping_bytes = model->live_blocks = model->segments = 0;
    for (size_t i = 0; i < model->stack_count; i++) {
        struct model_stack *stack = &model->stacks[i];
        model_remember_peak(model, stack);
        stack->live_blocks = stack->live_bytes = stack->block_bytes = 0;
    }
    for (int i = 0; i < CLASSES; i++)
        model->classes[i].live = model->classes[i].deferred = 0;
    for (size_t i = 0; i < model->heap_count; i++)
        model->heaps[i].known = false;
    model->telling = telling;
}

// What has not been told again was freed.
static void count_freed(struct span *span, void *context) {
    struct model *model = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    for (uint32_t i = 0; i < span->blocks; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        model->stacks[span->slots[i].stack].frees++;
        model->classes[span->class_index].frees++;
        model->frees++;
    }
}

void snapshot_end(struct model *model) {
    struct telling *telling = model->telling;
    if (!telling)
        return;
    model->telling = NULL;
    current(model)->missing = telling->left > 0;
    spans_each(&telling->before, count_freed, model);
    spans_free(&telling->before);
    free(telling);
    note(model);
}

void snapshot_tell(struct model *model, const struct trace_event *event) {
    struct telling *telling = model->telling;
    if (event->ring == 0 && event->time == telling->time && telling->left > 0)
        telling->left--;
    else
        snapshot_end(model);
}

bool snapshot_was_there(struct model *model, const struct span *span,
                        uint32_t block, uint64_t *birth) {
    struct span *old = spans_find(&model->telling->before, span->number);
    if (!old || old->place != SPAN_IN_HEAP || old->live == 0 ||
        old->class_index != span->class_index || block >= old->blocks)
        return false;
    struct slot *slot = &old->slots[block];
    if (slot->birth == SLOT_FREE || slot->stack != span->slots[block].stack ||
        span_wanted(old, block) != span_wanted(span, block))
        return false;
    *birth = slot->birth;
    slot->birth = SLOT_FREE; // found
    return true;
}

// ---- the recorder's own count ----

// The first class with blocks of the same size.
static unsigned first_alike(const struct model *model, unsigned class_index) {
    const struct trace_tables *tables = model->tables;
    if (class_index >= tables->class_count)
        return class_index;
    unsigned first = 0;
    while (tables->classes[first].block_bytes !=
           tables->classes[class_index].block_bytes)
        first++;
    return first;
}

struct own_count {
    const struct model *model;
    struct class_told classes[CLASSES];
};

static void count_span(struct span *span, void *context) {
    struct own_count *count = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    struct class_told *class =
        &count->classes[first_alike(count->model, span->class_index)];
    class->spans++;
    class->live += span->live;
}

static void compare(struct model *model) {
    struct model_snapshot *now = current(model);
    struct own_count *own = memory_zeroed(1, sizeof *own);
    own->model = model;
    spans_each(&model->spans, count_span, own);
    for (int i = 0; i < CLASSES; i++) {
        const struct class_told *told = &model->told->classes[i];
        if (!told->told && own->classes[i].live == 0)
            continue;
        now->checked++;
        now->mismatches += told->spans != own->classes[i].spans ||
                           told->live != own->classes[i].live;
    }
    free(own);
}

void snapshot_event(struct model *model, const struct trace_event *event) {
    struct model_snapshot *now = current(model);
    uint64_t index = event->value[0];
    switch (event->type) {
    case TRACE_EVENT_SNAPSHOT:
        if (model->snapshot_count == MODEL_MAX_MARKS)
            model->snapshot_count--; // the last ones share a place
        model->snapshots =
            memory_grow(model->snapshots, model->snapshot_count,
                        &model->snapshot_capacity, sizeof *model->snapshots);
        model->snapshots[model->snapshot_count++] =
            (struct model_snapshot){.number = index,
                                    .time = model->time,
                                    .has_state = event->value[1] > 0,
                                    .told_held = event->value[2]};
        free(model->told);
        model->told = memory_zeroed(1, sizeof *model->told);
        if (event->value[1] > 0)
            begin_state(model, event->value[1], event->time);
        else
            note(model);
        return;
    case TRACE_EVENT_SNAPSHOT_CLASS:
        if (model->told && index < CLASSES)
            model->told->classes[index] =
                (struct class_told){event->value[1], event->value[2], true};
        return;
    default: // TRACE_EVENT_SNAPSHOT_END
        if (now && model->told)
            compare(model);
        free(model->told);
        model->told = NULL;
        return;
    }
}

void snapshot_free(struct model *model) {
    if (model->telling)
        spans_free(&model->telling->before);
    free(model->telling);
    free(model->told);
    free(model->snapshots);
}
