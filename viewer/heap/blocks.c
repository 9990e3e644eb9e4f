// blocks.c - what happens to blocks, in the model.
#include "viewer/heap/blocks.h"

#include "viewer/heap/parts.h"
#include "viewer/heap/snapshot.h"

// Bytes that the block takes from its span, rounding included.
static uint64_t block_taken(const struct model *model,
                            const struct span *span) {
    return span->block_bytes ? span->block_bytes
                             : parts_large_block(span, model->header_bytes);
}

// The block's bytes begin (sign 1) or end (-1) to count for its stack.
static void count_for_stack(struct model *model, const struct span *span,
                            uint32_t block, int sign) {
    struct model_stack *stack = &model->stacks[span->slots[block].stack];
    model_remember_peak(model, stack);
    uint64_t wanted = span_wanted(span, block);
    uint64_t taken = block_taken(model, span);
    if (sign > 0) {
        stack->live_blocks++;
        stack->live_bytes += wanted;
        stack->block_bytes += taken;
    } else {
        stack->live_blocks--;
        stack->live_bytes -= wanted;
        stack->block_bytes -= taken;
        stack->share_sum += span->share_sum - span->slots[block].share_mark;
    }
}

// Puts a block of `wanted` bytes into a free slot; false when `wanted` had to
// be cut to what the place can hold.
static bool put_block(struct model *model, struct span *span, uint32_t block,
                      uint64_t wanted, uint32_t stack) {
    struct slot *slot = &span->slots[block];
    bool fits = true;
    span_touch(span, model->time);
    slot->birth = model->time;
    slot->share_mark = span->share_sum;
    slot->stack = stack;
    model->live_blocks++;
    if (span->block_bytes == 0) {
        uint64_t total = span_run_bytes(span);
        uint64_t most =
            total > model->header_bytes ? total - model->header_bytes : 0;
        fits = wanted <= most;
        model_account(model, span, -1);
        span->wanted = fits ? wanted : most;
        span->live = 1;
        model_account(model, span, 1);
    } else {
        fits = wanted <= span->block_bytes;
        slot->wanted = fits ? (uint32_t)wanted : span->block_bytes;
        if (span->live + span->deferred == 0) {
            model_account(model, span, -1);
            span->live = 1;
            model_account(model, span, 1);
        } else {
            span->live++;
            model_add(model, &model->parts[PART_SPAN_FREE],
                      -(int64_t)span->block_bytes);
        }
        model_add(model, &model->parts[PART_USED], slot->wanted);
        model_add(model, &model->parts[PART_ROUNDING],
                  (int64_t)span->block_bytes - slot->wanted);
    }
    struct model_class *class = &model->classes[span->class_index];
    if (++class->live > class->peak_live)
        class->peak_live = class->live;
    count_for_stack(model, span, block, 1);
    return fits;
}

static void take_block(struct model *model, struct span *span, uint32_t block,
                       bool deferred) {
    struct slot *slot = &span->slots[block];
    span_touch(span, model->time);
    count_for_stack(model, span, block, -1);
    slot->birth = SLOT_FREE;
    model->live_blocks--;
    model->classes[span->class_index].live--;
    if (span->block_bytes == 0) {
        model_account(model, span, -1);
        span->live = 0;
        model_account(model, span, 1);
        return;
    }
    model_add(model, &model->parts[PART_USED], -(int64_t)slot->wanted);
    model_add(model, &model->parts[PART_ROUNDING],
              (int64_t)slot->wanted - span->block_bytes);
    if (deferred) {
        span->live--;
        span->deferred++;
        model->classes[span->class_index].deferred++;
        model_add(model, &model->parts[PART_DEFERRED], span->block_bytes);
    } else if (span->live + span->deferred == 1) {
        // The parts of the span without this block's bytes, and then empty.
        model_add(model, &model->parts[PART_SPAN_FREE], span->block_bytes);
        span->live = 0;
        model_add(model, &model->parts[PART_SPAN_FREE],
                  (int64_t)span->decommitted -
                      (int64_t)span->blocks * span->block_bytes);
        model_add(model, &model->parts[PART_OVERHEAD],
                  (int64_t)span->blocks * span->block_bytes -
                      (int64_t)span->bytes);
        model_add(model, &model->parts[PART_EMPTY],
                  (int64_t)(span->bytes - span->decommitted));
    } else {
        span->live--;
        model_add(model, &model->parts[PART_SPAN_FREE], span->block_bytes);
    }
}

void blocks_drop(struct model *model, struct span *span, uint32_t block) {
    if (span->slots[block].birth != SLOT_FREE)
        take_block(model, span, block, false);
}

bool blocks_alloc(struct model *model, const struct trace_event *event,
                  bool force) {
    struct span *span = spans_find(&model->spans, event->value[2]);
    uint64_t block = event->value[3];
    if (!span || span->place != SPAN_IN_HEAP || block >= span->blocks) {
        if (force)
            model_contradiction(model, CONTRADICTION_ALLOC_UNKNOWN,
                                model_stack_of(model, event->value[0]), event);
        return force;
    }
    struct slot *slot = &span->slots[block];
    if (slot->birth != SLOT_FREE) {
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_ALLOC_OF_LIVE, slot->stack,
                            event);
        take_block(model, span, (uint32_t)block, false);
    }
    if (span->live + span->deferred >= span->blocks) {
        // A block can only be had again after its deferred free was collected.
        if (!force)
            return false;
        model_contradiction(model, CONTRADICTION_COUNT, slot->stack, event);
        model_account(model, span, -1);
        span->deferred--;
        model->classes[span->class_index].deferred--;
        model_account(model, span, 1);
    }
    uint32_t stack = model_stack_of(model, event->value[0]);
    if (!put_block(model, span, (uint32_t)block, event->value[1], stack))
        model_contradiction(model, CONTRADICTION_COUNT, stack, event);
    if (model->telling &&
        snapshot_was_there(model, span, (uint32_t)block, &slot->birth))
        return true;

    struct model_ring *ring = model_ring(model, event->ring);
    ring->last_span = span->number;
    ring->last_block = (uint32_t)block;
    ring->allocations++;
    ring->allocated_bytes += event->value[1];
    model->stacks[stack].allocations++;
    model->stacks[stack].allocated_bytes += event->value[1];
    model->classes[span->class_index].allocations++;
    model->allocations++;
    model->reallocations += event->type == TRACE_EVENT_REALLOC;
    model->point.allocations++;
    return true;
}

bool blocks_free(struct model *model, const struct trace_event *event,
                 bool force) {
    struct span *span = spans_find(&model->spans, event->value[0]);
    uint64_t block = event->value[1];
    bool there = span && span->place == SPAN_IN_HEAP && block < span->blocks;
    if (!there || span->slots[block].birth == SLOT_FREE) {
        if (!force)
            return false;
        uint32_t last = there ? span->slots[block].stack : SLOT_NEVER;
        model_contradiction(model,
                            last == SLOT_NEVER ? CONTRADICTION_FREE_UNKNOWN
                                               : CONTRADICTION_DOUBLE_FREE,
                            last, event);
        return true;
    }
    bool deferred = event->type == TRACE_EVENT_FREE_DEFERRED;
    struct model_ring *ring = model_ring(model, event->ring);
    struct model_stack *stack = &model->stacks[span->slots[block].stack];
    if (model->telling) {
        // The block is long freed: it is told for its place alone.
        struct model_class *class = &model->classes[span->class_index];
        model->allocations -= model->allocations > 0;
        stack->allocations -= stack->allocations > 0;
        class->allocations -= class->allocations > 0;
        take_block(model, span, (uint32_t)block, deferred);
        return true;
    }
    if (ring->last_span == span->number && ring->last_block == block) {
        stack->temporary++;
        model->temporary++;
        ring->last_span = UINT32_MAX;
    }
    stack->frees++;
    ring->frees++;
    ring->deferred_frees += deferred;
    model->frees++;
    model->deferred_frees += deferred;
    model->classes[span->class_index].frees++;
    take_block(model, span, (uint32_t)block, deferred);
    return true;
}

bool blocks_resize(struct model *model, const struct trace_event *event,
                   bool force) {
    struct span *span = spans_find(&model->spans, event->value[2]);
    uint64_t block = event->value[3];
    if (!span || span->place != SPAN_IN_HEAP || block >= span->blocks ||
        span->slots[block].birth == SLOT_FREE) {
        if (force)
            model_contradiction(model, CONTRADICTION_FREE_UNKNOWN, SLOT_NEVER,
                                event);
        return force;
    }
    // From now on the block is the new caller's: as if freed and had again.
    uint64_t birth = span->slots[block].birth;
    uint32_t stack = event->value[0] ? model_stack_of(model, event->value[0])
                                     : span->slots[block].stack;
    uint64_t peak = model->classes[span->class_index].peak_live;
    take_block(model, span, (uint32_t)block, false);
    if (!put_block(model, span, (uint32_t)block, event->value[1], stack))
        model_contradiction(model, CONTRADICTION_COUNT, stack, event);
    span->slots[block].birth = birth;
    model->classes[span->class_index].peak_live = peak;
    model->reallocations++;
    return true;
}
