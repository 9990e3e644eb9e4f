// free.h - free, the fast path.
//
// Finds the span by a mask and pushes the block onto the span's list, if the
// span is the caller's and nothing about it is special. No atomic
// read-modify-write, no call.
#ifndef RP_CORE_API_FREE_H
#define RP_CORE_API_FREE_H

#include "core/base/bits.h"
#include "core/heap/heap.h"
#include "core/heap/span.h"
#include "core/hook.h"
#include "core/thread/thread.h"

// What the fast path leaves over. heap: of the calling thread, or &rp_no_heap.
void rp_free_slow(void *pointer, struct span *span, struct heap *heap);

// Frees, and tells if is_told. Fast path: two branches; no atomic but a relaxed
// load, no rp_ call. pointer: not NULL.
static inline void block_give(void *pointer, struct heap *heap, int is_told) {
    struct span *span = span_of(pointer);
    // relaxed: our own heap's address is there only if we put it there.
    if (RP_UNLIKELY(load_relaxed(&span->owner) != (uintptr_t)heap)) {
        rp_free_slow(pointer, span, heap);
        return;
    }
    if (is_told)
        rp_on_free(span->number, span_block_index(span, pointer), 0);
    struct block *block = pointer;
    block->next = span->free;
    span->free = block;
    if (RP_UNLIKELY(--span->used == 0))
        rp_heap_span_settle(heap, span);
}

static __attribute__((noinline, unused)) void block_free_observed(
    void *pointer, struct heap *heap) {
    block_give(pointer, heap, 1);
}

// pointer: not NULL.
static inline void block_free_into(void *pointer, struct heap *heap) {
    if (rp_is_observed())
        block_free_observed(pointer, heap);
    else
        block_give(pointer, heap, 0);
}

static inline void block_free(void *pointer) {
    if (RP_LIKELY(pointer != NULL))
        block_free_into(pointer, rp_thread_heap);
}

#endif
