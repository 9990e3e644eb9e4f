// free.h - free, the fast path.
//
// Finds the span by a mask and pushes the block onto the span's list, if the
// span is the caller's and nothing about it is special. No atomic
// read-modify-write, no call. A block that starts with a page, whose header may
// be elsewhere, leaves by the same branch as NULL does.
#ifndef RP_CORE_API_FREE_H
#define RP_CORE_API_FREE_H

#include "core/api/misuse.h"
#include "core/base/bits.h"
#include "core/heap/heap.h"
#include "core/heap/span.h"
#include "core/hook.h"
#include "core/thread/thread.h"

// What the fast path leaves over. heap: of the calling thread, or &rp_no_heap.
// span: of span_before, and perhaps none; then the program ends.
void rp_free_slow(void *pointer, struct span *span, struct heap *heap);
// pointer: to the start of a page, or NULL.
void rp_free_at_page(void *pointer, struct heap *heap);

// Fast path: four branches; no atomic but a relaxed load, no rp_ call.
// pointer: not to the start of a page.
static inline void block_give(void *pointer, struct heap *heap) {
    struct span *span = span_before(pointer);

    if (RP_UNLIKELY(!span_is_plainly(span, heap))) {
        rp_free_slow(pointer, span, heap);
        return;
    }
    struct block *block = pointer;
    if (RP_UNLIKELY(block == span->free)) {
        rp_free_again();
        return;
    }
    block->next = span->free;
    span->free = block;
    if (RP_UNLIKELY(--span->used == 0))
        rp_heap_span_settle(heap, span);
}

static __attribute__((cold, noinline, unused)) void span_settle(
    struct span *span) {
    rp_heap_span_settle(span_heap(span), span);
}

// The same with an observer that listens. Only the pointer is kept while the
// block is told: the rest follows from that again for less.
static inline void block_give_observed(void *pointer, struct heap *heap) {
    struct span *span = span_before(pointer);
    struct block *block = pointer;

    if (RP_UNLIKELY(!span_is_plainly(span, heap))) {
        rp_free_slow(pointer, span, heap);
        return;
    }
    if (RP_UNLIKELY(block == span->free)) {
        rp_free_again();
        return;
    }
    RP_FORGET(block);
    rp_on_own_free(span->number, span_index_behind(span, pointer));
    span = span_around(block);
    block->next = span->free;
    span->free = block;
    if (RP_UNLIKELY(--span->used == 0))
        span_settle(span);
}

// pointer: not NULL.
static inline void block_free_into(void *pointer, struct heap *heap) {
    if (RP_UNLIKELY(is_at_page(pointer)))
        rp_free_at_page(pointer, heap);
    else if (rp_is_observed())
        block_give_observed(pointer, heap);
    else
        block_give(pointer, heap);
}

#endif
