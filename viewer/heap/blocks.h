// blocks.h - what happens to blocks.
//
// An event about a block is ready when the block is as the event says: free
// before an allocation, live before a free.
#ifndef RPSCOPE_HEAP_BLOCKS_H
#define RPSCOPE_HEAP_BLOCKS_H

#include "viewer/heap/heap.h"

// Each applies the event when the heap is ready for it; false and no change
// when it is not. With `force` it is always done with: contradictions are
// told.
bool blocks_alloc(struct heap *heap, const struct trace_event *event,
                  bool force);
bool blocks_free(struct heap *heap, const struct trace_event *event,
                 bool force);
// Blocks that were there before a fork.
bool blocks_inherit(struct heap *heap, const struct trace_event *event,
                    bool force);
// One of them, as the event that would allocate it: with its stack and size,
// where its parent's trace tells them (trace/past.h). Its span serves blocks.
void blocks_past(const struct heap *heap, const struct trace_event *event,
                 unsigned bit, struct trace_event *block);
bool blocks_resize(struct heap *heap, const struct trace_event *event,
                   bool force);

// Fast path: nearly all events are of a block of a size class of which nothing
// special is to be said. Nothing is called. False, and nothing done, for the
// others: they are applied as above. `span`: which the event names, or NULL.
static inline bool blocks_alloc_simple(struct heap *heap,
                                       const struct trace_event *event,
                                       struct span *span);
// The flags of a block that is freed by another thread than its owner.
static inline unsigned blocks_deferral(const struct span *span) {
    bool is_last = span->block_bytes > 0 && span->decommitted > 0 &&
                   span->live == 1 && span->deferred + 1 >= span->blocks;
    return CHANGE_DEFERRED | is_last * CHANGE_ALL_DEFERRED;
}

static inline bool blocks_free_simple(struct heap *heap,
                                      const struct trace_event *event,
                                      struct span *span);

// The block ends without a free: its span or its memory went away.
void blocks_drop(struct heap *heap, struct span *span, uint32_t block);
// Takes `count` deferred blocks of the span back, for the heap of that number.
void blocks_collect(struct heap *heap, struct span *span, uint32_t count,
                    uint32_t number);

// ---- what a change says of a block ----

// only: how many blocks its span has when there is no other one.
static inline void change_say_block(struct heap_change *change,
                                    const struct span *span, uint32_t block,
                                    uint64_t wanted, unsigned flags,
                                    uint32_t only) {
    change_say_span(change, span);
    change->block = block;
    change->flags = (uint8_t)flags;
    if (span->live + span->deferred == only)
        change->flags |= CHANGE_ONLY;
    change->wanted = wanted;
    change->taken = span->block_bytes;
}

static inline void change_say_born(struct heap_change *change,
                                   const struct span *span,
                                   const struct slot *slot, uint32_t block,
                                   uint64_t wanted, uint32_t stack,
                                   uint64_t birth, unsigned flags) {
    change_say_block(change, span, block, wanted, flags, 0);
    change->birth = birth;
    change->stack = stack;
    change->last_stack = slot->stack;
}

static inline void change_say_died(struct heap_change *change,
                                   const struct span *span,
                                   const struct slot *slot, uint32_t block,
                                   uint64_t wanted, unsigned flags) {
    change_say_block(change, span, block, wanted, flags, 1);
    change->birth = slot->birth;
    change->stack = change->last_stack = slot->stack;
}

// ---- the fast path ----

// The next block of the span that has no slot yet, while there is memory.
static inline void span_tell_of_next(struct span *span, uint64_t block) {
    if (block == span->touched && block < span->slot_capacity &&
        block < span->blocks)
        span->slots[span->touched++] =
            (struct slot){.birth = SLOT_FREE, .stack = SLOT_NEVER};
}

static inline bool blocks_alloc_simple(struct heap *heap,
                                       const struct trace_event *event,
                                       struct span *span) {
    uint64_t block = event->value[3], wanted = event->value[1];
    if (!span || span->place != SPAN_IN_HEAP)
        return false;
    if (block >= span->touched)
        span_tell_of_next(span, block);
    // wanted - 1: a large block (block_bytes of 0) is not simple, nor one of no
    // bytes.
    if (block >= span->touched || span->slots[block].birth != SLOT_FREE ||
        wanted - 1 >= span->block_bytes ||
        span->live + span->deferred >= span->blocks || heap_log_is_full(heap))
        return false;
    struct slot *slot = &span->slots[block];
    struct heap_change *change = heap_next_change(heap, CHANGE_BORN);
    unsigned moved = event->type == TRACE_EVENT_REALLOC;
    change_say_born(change, span, slot, (uint32_t)block, wanted,
                    heap_stack(event->value[0]), heap->time,
                    CHANGE_COUNTS | moved * CHANGE_MOVED);
    change_born(heap, span, slot, change);
    return true;
}

static inline bool blocks_free_simple(struct heap *heap,
                                      const struct trace_event *event,
                                      struct span *span) {
    uint64_t block = event->value[1];
    if (!span || block >= span->touched || span->place != SPAN_IN_HEAP ||
        span->slots[block].birth == SLOT_FREE || span->block_bytes == 0 ||
        heap_log_is_full(heap))
        return false;
    struct slot *slot = &span->slots[block];
    struct heap_change *change = heap_next_change(heap, CHANGE_DIED);
    unsigned deferral =
        event->type == TRACE_EVENT_FREE_DEFERRED ? blocks_deferral(span) : 0;
    change_say_died(change, span, slot, (uint32_t)block, slot->wanted,
                    CHANGE_COUNTS | deferral);
    change_died(heap, span, slot, change);
    return true;
}

#endif
