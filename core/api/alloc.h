// alloc.h - allocation, the fast path.
//
// Pops the heap's list of the class. No atomic, no call.
#ifndef RP_CORE_API_ALLOC_H
#define RP_CORE_API_ALLOC_H

#include "core/base/bits.h"
#include "core/heap/heap.h"
#include "core/hook.h"
#include "core/thread/thread.h"

// What the fast path leaves over: small sizes when the list is empty, and
// larger ones. heap: of the calling thread, or &rp_no_heap. NULL and errno when
// there is no memory.
void *rp_alloc_small(size_t size, struct heap *heap);
void *rp_alloc_medium(size_t size, struct heap *heap); // and larger

// Gives back all that this heap, and heaps without a thread, hold and do not
// use. Done before a request is refused: memory that waits in one shape may
// serve in another. heap: of the calling thread, or &rp_no_heap.
void rp_alloc_make_room(struct heap *heap);

// Fast path: one branch for the size, one for the list; no rp_ call.
static inline void *block_alloc(size_t size, struct heap *heap) {
    if (RP_LIKELY(size <= SMALL_MAX)) {
        // 0 bytes: class 0, whose list is always empty.
        struct block **list = &heap->free[small_class(size)];
        struct block *block = *list;
        if (RP_LIKELY(block != NULL)) {
            *list = block->next;
            // The next of this class: its own pointer is wanted then.
            __builtin_prefetch(*list);
            return block;
        }
        return rp_alloc_small(size, heap);
    }
    return rp_alloc_medium(size, heap);
}

// What the public functions do, for a heap; all but plain allocation and free.
// Reported to the observer. Errors as above.
void *rp_alloc_zeroed(struct heap *heap, size_t count, size_t size);
// alignment: any power of two.
void *rp_alloc_aligned(struct heap *heap, size_t alignment, size_t size);
// A block in `heap` that holds the first `keep` bytes of `block`, which may be
// NULL and is freed unless it is the same or the result is NULL.
void *rp_alloc_resized(struct heap *heap, void *block, size_t alignment,
                       size_t size, size_t keep);

// Tells the observer of a new block, which may be NULL; nothing in release.
static inline void *block_report(void *block, size_t size,
                                 enum rp_alloc_kind kind, size_t alignment) {
    if (rp_is_observed() && block != NULL) {
        const struct span *span = span_of(block);
        rp_on_alloc(span->number, span_block_index(span, block), size, kind,
                    alignment);
    }
    return block;
}

// Bytes from `pointer` to the end of its block. pointer: not NULL.
static inline size_t block_usable(const void *pointer) {
    const struct span *span = span_of(pointer);

    if ((span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0)
        return span->large_bytes;
    size_t end = span->start + (span_block_index(span, pointer) + (size_t)1) *
                                   span->block_bytes;
    return end - (size_t)((const char *)pointer - span->memory);
}

// Whether a block of `usable` bytes is not so large for a request of `size`,
// which fits, that half of it would be wasted.
static inline int resize_is_worth_keeping(size_t usable, size_t size) {
    enum { NOT_WORTH_MOVING = 64 };

    return size >= usable / 2 || usable <= NOT_WORTH_MOVING;
}

#endif
