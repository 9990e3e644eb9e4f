// between_all.c - what happened between two moments to all blocks.
//
// What each stack and size class has allocated and freed since the start is
// known at both moments, and so is what lives: the difference is what happened
// between them. Survivors are the blocks of the later one that were born behind
// the earlier.
#include "viewer/answer/between_rows.h"
#include "viewer/heap/parts.h"

static void add_survivor(struct answer_between_counts *counts, uint64_t bytes) {
    counts->survivors++;
    counts->survivor_bytes += bytes;
}

static void count_survivors(struct span *span, void *context) {
    struct between_rows *b = context;
    uint64_t from = b->earlier->heap.time;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&b->later->heap.spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE || slot->birth <= from)
            continue;
        uint64_t bytes = span_wanted(span, i);
        add_survivor(&between_site(b, b->later, slot->stack)->counts, bytes);
        add_survivor(&b->classes[span->class_index].counts, bytes);
    }
}

// Stacks that the earlier moment does not know had nothing then.
static void count_stacks(struct between_rows *b) {
    const struct stacks *before = &b->earlier->metrics.stacks;
    const struct stacks *now = &b->later->metrics.stacks;
    for (size_t i = 0; i < now->count; i++) {
        const struct stack_counts *to = &now->list[i];
        struct stack_counts from = {0};
        if (stacks_has(before, to->node))
            from = before->list[stacks_find(before, to->node)];
        struct answer_between_counts *counts =
            &between_site(b, b->later, to->node)->counts;
        counts->births += to->allocations - from.allocations;
        counts->birth_bytes += to->allocated_bytes - from.allocated_bytes;
        counts->deaths += to->frees - from.frees;
        counts->growth_blocks +=
            (int64_t)to->live_blocks - (int64_t)from.live_blocks;
        counts->growth_bytes +=
            (int64_t)to->live_bytes - (int64_t)from.live_bytes;
    }
}

static void count_classes(struct between_rows *b) {
    const struct class_counts *from = b->earlier->metrics.classes.list;
    const struct class_counts *to = b->later->metrics.classes.list;
    for (int i = 0; i < BETWEEN_CLASSES; i++) {
        b->classes[i].counts.births = to[i].allocations - from[i].allocations;
        b->classes[i].counts.deaths = to[i].frees - from[i].frees;
    }
}

struct spans_of {
    struct between_rows *rows;
    uint32_t header_bytes;
    int64_t sign; // 1: they are there at the later moment
};

static void count_span(struct span *span, void *context) {
    const struct spans_of *of = context;
    int64_t parts[PARTS];
    if (span->place != SPAN_IN_HEAP)
        return;
    parts_of_span(span, of->header_bytes, parts);
    struct answer_between_class *class = &of->rows->classes[span->class_index];
    class->counts.growth_blocks += of->sign * (int64_t)span->live;
    class->counts.growth_bytes += of->sign * parts[PART_USED];
    class->spans_growth += of->sign * (int64_t)span->run;
    class->free_growth += of->sign * parts[PART_SPAN_FREE];
}

static void count_spans(struct between_rows *b, const struct replay *of,
                        int64_t sign) {
    spans_each(&of->heap.spans, count_span,
               &(struct spans_of){b, of->heap.header_bytes, sign});
}

void between_all(struct between_rows *b) {
    count_stacks(b);
    count_classes(b);
    count_spans(b, b->earlier, -1);
    count_spans(b, b->later, 1);
    spans_each(&b->later->heap.spans, count_survivors, b);
}
