// collect.c - blocks that other threads free.
#include "core/span/deferred.h"
#include "core/heap/span.h"

#include "core/os/check.h"
#include "core/hook.h"
#include "core/heap/large.h"
#include "core/thread/registry.h"

static void span_collect(struct heap *heap, struct span *span) {
    uint32_t count;
    struct block *first = deferred_take(span, &count);

    if ((span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        rp_on_deferred_collect(span->number, heap->number, count);
        rp_heap_free_beyond(heap, span);
        return;
    }

    CHECK(count > 0 && count <= span_used(span));
    rp_on_deferred_collect(span->number, heap->number, count);
    if (span->free != NULL) {
        struct block *last = first;
        while (last->next != NULL)
            last = last->next;
        last->next = span->free;
    }
    span->free = first;
    uint32_t used = span_used(span) - count;
    span->floor = span->floor < used ? span->floor : used;
    span->used = used - span->floor;
    rp_heap_span_settle(heap, span);
}

void rp_heap_collect(struct heap *heap) {
    // acquire [notify]: every span's notify_next
    struct span *span = swap_acquire(&heap->notify, NULL);

    while (span != NULL) {
        // Before the span's stack is empty, for then it may be pushed again.
        struct span *next = span->notify_next;
        span_collect(heap, span);
        span = next;
    }
}

static void heap_notify(struct heap *heap, struct span *span) {
    struct span *head = load_relaxed(&heap->notify); // relaxed: a guess

    do {
        span->notify_next = head;
        // release [notify]: notify_next
        // acquire [given up]: that the heap is idle, if it is
    } while (!cas_acq_rel(&heap->notify, &head, span));
}

void rp_heap_give_up(struct heap *heap) {
    struct span *none;

    for (;;) {
        rp_registry_give(heap);
        none = NULL;
        // Who pushed before we gave the heap found it taken, and left the
        // collecting to us. Either our CAS sees that push, or that thread's CAS
        // comes after ours and then sees that the heap is idle.
        // release [given up]: that the heap is idle
        if (cas_strong_acq_rel(&heap->notify, &none, NULL) ||
            !rp_registry_try_take(heap))
            return;
        rp_heap_collect(heap);
        rp_thread_cache_trim(heap, IDLE_SPANS);
    }
}

// Gives a chain of foreign blocks to their owner.
static void chain_push(const struct outgoing_chain *chain) {
    struct span *span = chain->span;
    // Before the blocks are given away, and the span maybe with them:
    struct heap *owner = span_heap(span);
    uint32_t class_index = span->class_index;

    rp_on_deferred_push(span->number, chain->count);
    if (!deferred_push(span, chain->first, chain->last, chain->count))
        return;
    heap_notify(owner, span);
    // A heap without a thread has nobody to collect: do it for its next owner.
    if (rp_registry_try_take(owner)) {
        rp_heap_collect(owner);
        if (class_index < CLASS_COUNT)
            rp_heap_class_retire(owner, class_index);
        rp_thread_cache_trim(owner, 0);
        rp_heap_give_up(owner);
    }
}

void rp_heap_free_foreign(struct heap *heap, struct span *span,
                          struct block *block) {
    unsigned place = outgoing_place(span);
    struct outgoing_chain *chain = &heap->outgoing.chains[place];
    struct outgoing_chain single = {span, block, block, 1, span->block_bytes};

    // The blocks of a first-class heap can all go at any time, by free_all:
    // none of them may wait here. Nor should those beyond spans, for their
    // size. relaxed: stays what it is while a block lives that could wait.
    if (heap == &rp_no_heap || span->class_index == RP_CLASS_LARGE ||
        load_relaxed(&span_heap(span)->is_first_class)) {
        chain_push(&single);
        return;
    }
    if (chain->span == span) {
        block->next = chain->first;
        chain->first = block;
        chain->count += 1;
        chain->bytes += span->block_bytes;
        if (chain->bytes < OUTGOING_BYTES)
            return;
        single = *chain;
        chain->span = NULL;
        chain_push(&single);
        return;
    }
    struct outgoing_chain evicted = *chain;
    block->next = NULL;
    *chain = single;
    heap->outgoing.begun |= UINT64_C(1) << place;
    if (evicted.span != NULL)
        chain_push(&evicted);
}

void rp_heap_flush_outgoing(struct heap *heap) {
    // Nothing is written into rp_no_heap, which all threads share.
    while (heap->outgoing.begun != 0) {
        unsigned place = lowest_bit(heap->outgoing.begun);
        struct outgoing_chain *chain = &heap->outgoing.chains[place];
        struct outgoing_chain taken = *chain;
        heap->outgoing.begun &= heap->outgoing.begun - 1;
        chain->span = NULL;
        if (taken.span != NULL)
            chain_push(&taken);
    }
}
