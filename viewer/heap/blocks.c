// blocks.c - what happens to blocks.
#include "viewer/heap/blocks.h"

#include "viewer/heap/parts.h"
#include "viewer/heap/snapshot.h"
#include "viewer/trace/past.h"

// The span of a large or huge block counts as a whole.
static void measure_run(const struct heap *heap, const struct span *span,
                        struct heap_change *change) {
    uint64_t bytes = 0, decommitted = 0;
    for (uint32_t i = 0; i < span->run; i++) {
        bytes += span[i].bytes;
        decommitted += span[i].decommitted;
    }
    change->spare = bytes - decommitted;
    change->overhead =
        heap->header_bytes < bytes ? heap->header_bytes : (uint32_t)bytes;
    change->taken =
        parts_large_taken(bytes, change->wanted, heap->header_bytes);
}

// What the place of a block can hold at the most.
static inline uint64_t most_bytes(const struct heap *heap,
                                  const struct span *span) {
    if (span->block_bytes > 0)
        return span->block_bytes;
    uint64_t total = span_run_bytes(span);
    return total > heap->header_bytes ? total - heap->header_bytes : 0;
}

// Puts a block of `wanted` bytes, as many as there is room for, into a free
// slot.
static void put_block(struct heap *heap, struct span *span, struct slot *slot,
                      uint32_t block, uint64_t wanted, uint32_t stack,
                      uint64_t birth, unsigned flags) {
    struct heap_change *change = heap_change(heap, CHANGE_BORN);
    change_say_born(change, span, slot, block, wanted, stack, birth, flags);
    if (span->block_bytes == 0)
        measure_run(heap, span, change);
    if (flags & CHANGE_CONTINUES)
        heap_found(heap, change);
    change_born(heap, span, slot, change);
}

static void take_block(struct heap *heap, struct span *span, struct slot *slot,
                       uint32_t block, unsigned flags) {
    struct heap_change *change = heap_change(heap, CHANGE_DIED);
    change_say_died(change, span, slot, block,
                    span->block_bytes ? slot->wanted : span->used, flags);
    if (span->block_bytes == 0)
        measure_run(heap, span, change);
    change_died(heap, span, slot, change);
}

void blocks_drop(struct heap *heap, struct span *span, uint32_t block) {
    spans_unpack(&heap->spans, span);
    if (span_has(span, block))
        take_block(heap, span, &span->slots[block], block, 0);
}

void blocks_collect(struct heap *heap, struct span *span, uint32_t count,
                    uint32_t number) {
    struct heap_change *change = heap_change_of(heap, CHANGE_COLLECTED, span);
    change->count = count;
    change->from_heap = span->heap;
    change->to_heap = number;
    change->left = parts_are_deferred(span) ? span->decommitted : 0;
    if (span->live == 0 && count == span->deferred && count > 0)
        change->flags = CHANGE_ONLY;
    heap_do(heap, change);
}

bool blocks_alloc(struct heap *heap, const struct trace_event *event,
                  bool force) {
    struct span *span = spans_find(&heap->spans, event->value[2]);
    uint64_t block = event->value[3], wanted = event->value[1];
    if (!span || span->place != SPAN_IN_HEAP || block >= span->blocks) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_ALLOC_UNKNOWN,
                               heap_stack(event->value[0]), event);
        return force;
    }
    if (span_has(span, block)) {
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_ALLOC_OF_LIVE,
                           span_last_stack(span, block), event);
        blocks_drop(heap, span, (uint32_t)block);
    }
    if (span->live + span->deferred >= span->blocks) {
        // A block can only be had again after its deferred free was collected.
        if (!force)
            return false;
        heap_contradiction(heap, CONTRADICTION_COUNT,
                           span_last_stack(span, block), event);
        blocks_collect(heap, span, 1, span->heap);
    }
    uint32_t stack = heap_stack(event->value[0]);
    uint64_t birth = heap->time, most = most_bytes(heap, span);
    unsigned flags = CHANGE_COUNTS;
    if (event->type == TRACE_EVENT_REALLOC)
        flags |= CHANGE_MOVED;
    if (heap->telling &&
        snapshot_was_there(heap, span, (uint32_t)block, wanted, stack, &birth))
        flags = CHANGE_CONTINUES;
    if (wanted > most)
        heap_contradiction(heap, CONTRADICTION_COUNT, stack, event);
    put_block(heap, span, spans_slot(&heap->spans, span, (uint32_t)block),
              (uint32_t)block, wanted < most ? wanted : most, stack, birth,
              flags);
    return true;
}

void blocks_past(const struct heap *heap, const struct trace_event *event,
                 unsigned bit, struct trace_event *block) {
    const struct span *span = spans_find(&heap->spans, event->value[0]);
    const struct trace_past *past = heap->tables->past;
    const struct past_span *of = past ? past_find(past, span->number) : NULL;
    const struct past_block *known = past_block(of, event->value[1] + bit);
    uint64_t most = most_bytes(heap, span);
    uint64_t wanted = !known              ? most
                      : span->block_bytes ? known->wanted
                                          : of->wanted;
    *block = *event;
    block->type = TRACE_EVENT_ALLOC;
    block->value[0] = known ? known->stack : 0;
    block->value[1] = wanted < most ? wanted : most;
    block->value[2] = event->value[0];
    block->value[3] = event->value[1] + bit;
}

bool blocks_inherit(struct heap *heap, const struct trace_event *event,
                    bool force) {
    const struct span *span = spans_find(&heap->spans, event->value[0]);
    if (!span || span->place != SPAN_IN_HEAP) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_ALLOC_UNKNOWN, SLOT_NEVER,
                               event);
        return force;
    }
    struct trace_event block;
    for (uint64_t bits = event->value[2]; bits != 0; bits &= bits - 1) {
        blocks_past(heap, event, (unsigned)__builtin_ctzll(bits), &block);
        blocks_alloc(heap, &block, true);
    }
    return true;
}

// A free of a block that is not live.
__attribute__((cold, noinline)) static bool free_nothing(
    struct heap *heap, const struct trace_event *event, const struct span *span,
    bool force) {
    uint64_t block = event->value[1];
    if (!force)
        return false;
    uint32_t last = span && span->place == SPAN_IN_HEAP && block < span->blocks
                        ? span_last_stack(span, block)
                        : SLOT_NEVER;
    heap_contradiction(heap,
                       last == SLOT_NEVER ? CONTRADICTION_FREE_UNKNOWN
                                          : CONTRADICTION_DOUBLE_FREE,
                       last, event);
    return true;
}

bool blocks_free(struct heap *heap, const struct trace_event *event,
                 bool force) {
    struct span *span = spans_find(&heap->spans, event->value[0]);
    uint64_t block = event->value[1];
    if (!span || span->place != SPAN_IN_HEAP || !span_has(span, block))
        return free_nothing(heap, event, span, force);
    // In a state that is told, the block is long freed: it is there for its
    // place alone.
    unsigned flags = heap->telling ? CHANGE_TAKES_BACK : CHANGE_COUNTS;
    if (event->type == TRACE_EVENT_FREE_DEFERRED)
        flags |= blocks_deferral(span);
    take_block(heap, span, &span->slots[block], (uint32_t)block, flags);
    return true;
}

bool blocks_resize(struct heap *heap, const struct trace_event *event,
                   bool force) {
    struct span *span = spans_find(&heap->spans, event->value[2]);
    uint64_t block = event->value[3];
    if (!span || span->place != SPAN_IN_HEAP || block >= span->blocks ||
        !span_has(span, block)) {
        if (force)
            heap_contradiction(heap, CONTRADICTION_FREE_UNKNOWN, SLOT_NEVER,
                               event);
        return force;
    }
    // From now on the block is the new caller's: as if freed and had again.
    struct slot *slot = &span->slots[block];
    const struct slot was = *slot;
    uint32_t stack = event->value[0] ? heap_stack(event->value[0]) : was.stack;
    uint64_t most = most_bytes(heap, span);
    uint64_t wanted = event->value[1] < most ? event->value[1] : most;
    if (event->value[1] > most)
        heap_contradiction(heap, CONTRADICTION_COUNT, stack, event);
    take_block(heap, span, slot, (uint32_t)block, 0);
    put_block(heap, span, slot, (uint32_t)block, wanted, stack, was.birth,
              CHANGE_MOVED);
    return true;
}
