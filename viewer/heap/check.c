// check.c - is the model right? Against itself, and against the allocator's own
// counts.
#include "viewer/heap/check.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/heap/parts.h"

struct recount {
    const struct model *model;
    int64_t *parts;
    uint64_t live_blocks;
};

static void recount_span(struct span *span, void *context) {
    struct recount *recount = context;
    int64_t parts[PARTS];
    parts_of_span(span, recount->model->header_bytes, parts);
    for (int i = 0; i < PARTS; i++)
        recount->parts[i] += parts[i];
    if (span->place != SPAN_IN_HEAP)
        return;
    for (uint32_t i = 0; i < span->blocks; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        recount->live_blocks++;
        if (span->block_bytes > 0) {
            recount->parts[PART_USED] += span->slots[i].wanted;
            recount->parts[PART_ROUNDING] +=
                (int64_t)span->block_bytes - span->slots[i].wanted;
        }
    }
}

void check_recount(const struct model *model, int64_t parts[PARTS],
                   uint64_t *live_blocks) {
    struct recount recount = {model, parts, 0};
    memset(parts, 0, PARTS * sizeof *parts);
    spans_each(&model->spans, recount_span, &recount);
    for (uint32_t i = 0; i < model->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&model->spans, i);
        if (segment)
            parts[PART_SEGMENT] +=
                (int64_t)(segment->bytes -
                          (uint64_t)segment->count * model->span_bytes);
    }
    parts[PART_OVERHEAD] += (int64_t)model->bookkeeping_bytes;
    *live_blocks = recount.live_blocks;
}

void check_identity(struct model *model) {
    int64_t parts[PARTS], sum = 0;
    uint64_t live_blocks;
    check_recount(model, parts, &live_blocks);
    bool same = live_blocks == model->live_blocks;
    for (int i = 0; i < PARTS; i++) {
        same &= parts[i] == model->parts[i].value;
        sum += parts[i];
    }
    int64_t residual = model->held.value - sum;
    model->checks++;
    model->check_failures += !same || residual != 0;
    if (llabs(residual) > llabs(model->worst_residual))
        model->worst_residual = residual;
}

// ---- the allocator's own counts ----

struct class_count {
    uint64_t spans, live, deferred;
};

// What the model has of each class at the moment of the walk, and which classes
// the allocator has told of.
struct walk {
    struct class_count classes[256];
    bool told[256];
};

static void count_span(struct span *span, void *context) {
    struct walk *walk = context;
    if (span->place != SPAN_IN_HEAP || span->live + span->deferred == 0)
        return;
    struct class_count *class = &walk->classes[span->class_index];
    class->spans += span->run;
    class->live += span->live;
    class->deferred += span->deferred;
}

void check_walk_event(struct model *model, const struct trace_event *event) {
    if (event->type == TRACE_EVENT_WALK_BEGIN) {
        free(model->walk);
        model->walk = memory_zeroed(1, sizeof *model->walk);
        spans_each(&model->spans, count_span, model->walk);
        model->walks++;
        return;
    }
    struct walk *walk = model->walk;
    if (!walk)
        return;
    if (event->type == TRACE_EVENT_WALK_CLASS) {
        uint64_t index = event->value[0];
        if (index > 255 || walk->told[index]) {
            model->walk_mismatches++;
            return;
        }
        const struct class_count *class = &walk->classes[index];
        walk->told[index] = true;
        model->walk_checked++;
        // A huge block has memory of its own: it is in no span to be counted.
        bool has_spans = index != TRACE_CLASS_HUGE;
        model->walk_mismatches +=
            (has_spans && class->spans != event->value[1]) ||
            class->live != event->value[2] ||
            class->deferred != event->value[3];
        return;
    }
    // The end: a class that the allocator does not tell of has nothing.
    for (unsigned i = 0; i < 256; i++) {
        if (walk->told[i] || walk->classes[i].spans == 0)
            continue;
        model->walk_checked++;
        model->walk_mismatches++;
    }
    check_free(model);
}

void check_free(struct model *model) {
    free(model->walk);
    model->walk = NULL;
}
