// checked.h - the public functions with checks on: see hook.h.
//
// What the program asks for is made larger, as the observer plans it, and what
// it gives back is freed when the observer hands it over. Only while
// rp_is_checked(); in release nothing calls them, and they are not built. They
// behave as the functions that they stand in for.
#ifndef RP_CORE_API_CHECKED_H
#define RP_CORE_API_CHECKED_H

#include "core/heap/heap.h"
#include "core/hook.h"

// heap: of the calling thread, &rp_no_heap, or a first-class one. NULL and
// errno: out of memory.
void *rp_checked_alloc(struct heap *heap, const struct rp_request *request);
void *rp_checked_zeroed(struct heap *heap, size_t count, size_t size);
// As rp_alloc_resized.
void *rp_checked_resized(struct heap *heap, void *pointer, size_t alignment,
                         size_t size, size_t keep);
// pointer: not NULL.
void rp_checked_free(void *pointer, const struct rp_return *how);
// free, and malloc, where it may not be known yet whether they are on, too.
void rp_checked_free_plainly(void *pointer);
void *rp_checked_malloc_if_checked(size_t size, struct heap *heap);
size_t rp_checked_usable_size(const void *pointer);
// Before all blocks of a first-class heap are freed at once.
void rp_checked_heap_end(struct heap *heap);

#endif
