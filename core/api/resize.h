// resize.h - realloc of small blocks, the fast path.
//
// What a string or an array that grows does most. All that it asks of the block
// is in the span's header, so what is left over is as if nothing had been
// tried.
#ifndef RP_CORE_API_RESIZE_H
#define RP_CORE_API_RESIZE_H

#include "core/api/alloc.h"
#include "core/api/free.h"

// A block of `heap` that holds what `block`, which may be NULL, holds, when
// both are small, plain, and at hand. NULL: they are not.
static inline void *resize_small(struct heap *heap, void *block, size_t size) {
    struct span *span = span_around(block);

    // relaxed: our own heap's address is there only if we put it there.
    if (is_at_page(block) || size - 1 >= SMALL_MAX ||
        load_relaxed(&span->owner) != (uintptr_t)heap)
        return NULL;
    size_t usable = span->block_bytes;
    if (size <= usable && resize_is_worth_keeping(usable, size)) {
        rp_on_resize(span->number, span_index_behind(span, block), size, 0);
        return block;
    }
    struct block **list = &heap->free[small_class(size)];
    struct block *moved = *list;
    if (moved == NULL)
        return NULL;
    *list = moved->next;
    block_report(moved, size, RP_ALLOC_REALLOC, 0);
    __builtin_memcpy(moved, block, usable < size ? usable : size);
    block_free_into(block, heap);
    return moved;
}

#endif
