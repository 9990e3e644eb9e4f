// foreign.c - fulfils foreign.h.
#include "core/thread/foreign.h"

#include "core/heap/notify.h"
#include "core/hook.h"
#include "core/span/deferred.h"
#include "core/thread/idle.h"

// Gives a chain of foreign blocks to their owner.
static void chain_push(const struct outgoing_chain *chain) {
    struct span *span = chain->span;
    // Before the blocks are given away, and the span maybe with them:
    struct heap *owner = span_heap(span);
    uint32_t class_index = span->class_index;

    rp_on_deferred_push(span->number, chain->count);
    if (!deferred_push(span, chain->first, chain->last, chain->count))
        return;
    notify_push(owner, span);
    rp_idle_collect(owner, class_index);
}

void rp_foreign_free(struct heap *heap, struct span *span,
                     struct block *block) {
    struct outgoing_chain chain = {span, block, block, 1, span->block_bytes};

    // The blocks of a first-class heap can all go at any time, by free_all:
    // none of them may wait here. Nor should large ones, for their size.
    // relaxed: stays what it is while a block lives that could wait.
    if (heap == &rp_no_heap || span->class_index == RP_CLASS_LARGE ||
        load_relaxed(&span_heap(span)->is_first_class) ||
        outgoing_add(&heap->outgoing, span, block, &chain))
        chain_push(&chain);
}

void rp_foreign_flush(struct heap *heap) {
    struct outgoing_chain chain;

    while (outgoing_take(&heap->outgoing, &chain))
        chain_push(&chain);
}
