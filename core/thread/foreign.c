// foreign.c - fulfils foreign.h.
#include "core/thread/foreign.h"

#include "core/heap/notify.h"
#include "core/hook.h"
#include "core/span/deferred.h"
#include "core/span/sparse.h"
#include "core/thread/idle.h"

// The owner has a span to collect.
static __attribute__((noinline)) void notify(struct heap *owner,
                                             struct span *span,
                                             uint32_t class_index) {
    notify_push(owner, span);
    rp_idle_collect(owner, class_index);
}

// The chain completes what is deferred of its span. Does the owner not come by,
// the memory goes now.
static __attribute__((noinline)) void push_last(struct span *span,
                                                struct block *first,
                                                struct block *last,
                                                uint32_t count, uint32_t head) {
    struct heap *owner = span_heap(span);
    uint32_t class_index = span->class_index;
    int notifies;

    if (class_index == RP_CLASS_LARGE || notify_keeps_whole(owner) ||
        !deferred_leave(span, &head)) {
        notifies = deferred_push(span, first, last, count);
    } else {
        uint32_t place = DEFERRED_GONE;
        if (!rp_sparse_discard(span)) {
            last->next = deferred_first(span, head);
            place = deferred_place_of(span, first);
        }
        notifies = deferred_left(span, place) || head == 0;
    }
    if (notifies)
        notify(owner, span, class_index);
}

// Gives a chain of foreign blocks to their owner.
static inline void push(struct span *span, struct block *first,
                        struct block *last, uint32_t count) {
    // Before the blocks are given away, and the span maybe with them:
    struct heap *owner = span_heap(span);
    uint32_t class_index = span->class_index;
    uint32_t head;

    rp_on_deferred_push(span->number, count);
    if (RP_UNLIKELY(deferred_completes(span, count, &head))) {
        push_last(span, first, last, count, head);
        return;
    }
    if (RP_UNLIKELY(deferred_push_onto(span, first, last, count, head)))
        notify(owner, span, class_index);
}

// Gives the block to its owner at once, or begins a chain with it.
static __attribute__((noinline)) void begin(struct heap *heap,
                                            struct span *span,
                                            struct block *block) {
    struct outgoing_chain due;

    // The blocks of a first-class heap can all go at any time, by free_all:
    // none of them may wait here. Nor should large ones, for their size.
    // relaxed: stays what it is while a block lives that could wait.
    if (RP_UNLIKELY(heap == &rp_no_heap ||
                    span->class_index == RP_CLASS_LARGE ||
                    load_relaxed(&span_heap(span)->is_first_class)))
        push(span, block, block, 1);
    else if (outgoing_begin(&heap->outgoing, span, block, &due))
        push(due.span, due.first, due.last, outgoing_count(&due));
}

void rp_foreign_free(struct heap *heap, struct span *span,
                     struct block *block) {
    if (outgoing_yields(&heap->outgoing, span))
        begin(heap, span, block);
    else
        push(span, block, block, 1);
}

void rp_foreign_flush(struct heap *heap) {
    struct outgoing_chain chain;

    while (outgoing_take(&heap->outgoing, &chain))
        push(chain.span, chain.first, chain.last, outgoing_count(&chain));
}
