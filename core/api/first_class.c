// first_class.c - heaps of the program's own, by rpmalloc_heap_....
//
// A first-class heap is a heap that no thread has: the program says which
// blocks live together, and can free them all at once. It is the same
// structure, used by one thread at a time. Its large and huge blocks are in a
// list of the heap, and belong to it like its spans.
#define RPMALLOC_TAGS 1 // for those who call them
#include "core/api/entry.h"
#include "core/heap/cache.h"
#include "core/heap/free_all.h"
#include "core/heap/large_list.h"
#include "core/heap/retire.h"
#include "core/os/os.h"
#include "core/rpmalloc.h"
#include "core/span/purge.h"
#include "core/thread/foreign.h"
#include "core/thread/idle.h"

#include <stdint.h>

static struct heap *heap_of(struct rpmalloc_heap *heap) {
    return (struct heap *)heap;
}

struct rpmalloc_heap *rpmalloc_heap_acquire(void) {
    // Idle heaps may only look as if blocks of theirs still lived.
    rp_foreign_flush(rp_thread_heap);
    struct heap *heap = rp_idle_take_empty();

    if (heap == NULL) {
        rp_os_set_errno(rp_os_errno_of(RP_OS_OUT_OF_MEMORY));
        return NULL;
    }
    // What it has cached lies in the segments for all.
    rp_cache_trim(heap, 0);
    heap->segments.owner = heap->number + 1;
    store_relaxed(&heap->is_first_class, 1); // relaxed: nobody has a block
    return (struct rpmalloc_heap *)heap;
}

void rpmalloc_heap_name(struct rpmalloc_heap *public_heap, const char *name) {
    rp_on_heap_name(heap_of(public_heap)->number, name);
}

void rpmalloc_heap_release(struct rpmalloc_heap *public_heap) {
    struct heap *heap = heap_of(public_heap);

    rp_on_heap_name(heap->number, NULL);
    // What still lives is from now on like the blocks of an ended thread.
    rp_foreign_flush(heap);
    rp_heap_retire(heap);
    rp_segment_share(&heap->segments);
    rp_purge_to_floor(heap->number);
    store_relaxed(&heap->is_first_class, 0); // relaxed: no order is needed
    rp_idle_give_up(heap);
}

// Takes a large or huge block, which nobody owns yet, into the heap.
static void *keep(struct heap *heap, void *block) {
    if (block != NULL) {
        struct span *span = span_of(block);
        if ((span_flags(span) & (SPAN_LARGE | SPAN_HUGE)) != 0 &&
            span_heap(span) == NULL)
            rp_large_list_add(heap, span);
    }
    return block;
}

void *rpmalloc_heap_alloc(struct rpmalloc_heap *heap, size_t size) {
    if (rp_is_checked())
        return rp_checked_alloc(heap_of(heap),
                                &(struct rp_request){.size = size});
    return block_report(keep(heap_of(heap), block_alloc(size, heap_of(heap))),
                        size, RP_ALLOC_MALLOC, 0);
}

void *rpmalloc_heap_calloc(struct rpmalloc_heap *heap, size_t count,
                           size_t size) {
    if (rp_is_checked())
        return rp_checked_zeroed(heap_of(heap), count, size);
    return keep(heap_of(heap), rp_alloc_zeroed(heap_of(heap), count, size));
}

void *rpmalloc_heap_aligned_alloc(struct rpmalloc_heap *heap, size_t alignment,
                                  size_t size) {
    if (!is_power_of_two(alignment)) {
        rp_os_set_errno(rp_os_errno_of(RP_OS_BAD_ARGUMENT));
        return NULL;
    }
    if (rp_is_checked())
        return rp_checked_alloc(heap_of(heap),
                                &(struct rp_request){.size = size,
                                                     .alignment = alignment,
                                                     .kind = RP_ALLOC_ALIGNED});
    return keep(heap_of(heap),
                rp_alloc_aligned(heap_of(heap), alignment, size));
}

void *rpmalloc_heap_realloc(struct rpmalloc_heap *heap, void *block,
                            size_t size) {
    if (rp_is_checked())
        return rp_checked_resized(heap_of(heap), block, BLOCK_ALIGN, size,
                                  SIZE_MAX);
    return keep(heap_of(heap), rp_alloc_resized(heap_of(heap), block,
                                                BLOCK_ALIGN, size, SIZE_MAX));
}

void rpmalloc_heap_free(struct rpmalloc_heap *public_heap, void *block) {
    struct heap *heap = heap_of(public_heap);

    if (block == NULL)
        return;
    if (rp_is_checked()) {
        rp_checked_free_plainly(block);
        return;
    }
    if (span_heap(span_of(block)) == heap)
        block_free_into(block, heap);
    else
        block_free(block);
}

void rpmalloc_heap_free_all(struct rpmalloc_heap *heap) {
    if (rp_is_checked())
        rp_checked_heap_end(heap_of(heap));
    rp_heap_free_all(heap_of(heap));
}

struct rpmalloc_heap *rpmalloc_get_heap_for_ptr(const void *block) {
    struct heap *heap = block != NULL ? span_heap(span_of(block)) : NULL;

    // relaxed: constant for who may ask, beside whom nobody releases the heap.
    return heap != NULL && load_relaxed(&heap->is_first_class)
               ? (struct rpmalloc_heap *)heap
               : NULL;
}
