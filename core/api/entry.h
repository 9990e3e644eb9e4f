// entry.h - malloc and free as the program calls them: by the fast paths, told
// to an observer, or checked.
#ifndef RP_CORE_API_ENTRY_H
#define RP_CORE_API_ENTRY_H

#include "core/api/alloc.h"
#include "core/api/checked.h"
#include "core/api/free.h"

// Plain allocation as it is told, of what no list of a small size has. Apart,
// as it needs a stack frame.
static __attribute__((noinline, unused)) void *block_malloc_anew(
    size_t size, struct heap *heap) {
    if (RP_UNLIKELY(rp_may_be_checked()))
        return rp_checked_malloc_if_checked(size, heap);
    return block_report(block_alloc(size, heap), size, RP_ALLOC_MALLOC, 0);
}

// With an observer that listens, as block_alloc. What is called comes last, so
// that nothing has to be kept meanwhile.
static inline void *block_malloc_observed(size_t size, struct heap *heap) {
    if (RP_UNLIKELY(size > SMALL_MAX))
        return block_malloc_anew(size, heap);
    struct block **list = &heap->free[small_class(size)];
    struct block *block = *list;
    if (RP_UNLIKELY(block == NULL))
        return block_malloc_anew(size, heap);
    *list = block->next;
    __builtin_prefetch(*list);
    const struct span *span = span_around(block); // as of all small blocks
    return rp_on_malloc(size, span->number, span_index_behind(span, block),
                        block);
}

// Plain allocation. Fast path: as block_alloc.
static inline void *block_malloc(size_t size, struct heap *heap) {
    return rp_is_observed() ? block_malloc_observed(size, heap)
                            : block_alloc(size, heap);
}

// Apart, so that all that telling takes is out of the way when nobody listens.
static __attribute__((noinline, unused)) void block_free_observed(
    void *pointer) {
    if (RP_UNLIKELY(rp_may_be_checked())) {
        rp_checked_free_plainly(pointer);
        return;
    }
    block_give_observed(pointer, rp_thread_heap);
}

static __attribute__((noinline, unused)) void block_free_at_page(
    void *pointer) {
    if (rp_is_observed() && RP_UNLIKELY(rp_may_be_checked()) && pointer != NULL)
        rp_checked_free_plainly(pointer);
    else
        rp_free_at_page(pointer, rp_thread_heap);
}

// pointer: may be NULL.
static inline void block_free(void *pointer) {
    if (RP_UNLIKELY(is_at_page(pointer)))
        block_free_at_page(pointer);
    else if (rp_is_observed())
        block_free_observed(pointer);
    else
        block_give(pointer, rp_thread_heap);
}

#endif
