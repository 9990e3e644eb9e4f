// should_move.c - whether a block keeps memory that would be free without it.
//
// The program moves such a block by allocating anew, copying and freeing. New
// blocks come from the active span of the class, and then from the first of the
// partial ones: so a block of any other span that is sparse is worth moving,
// and as these two fill up the others become empty.
#include "core/heap/heap.h"
#include "core/hook.h"
#include "core/rpmalloc.h"
#include "core/span/segment_index.h"
#include "core/thread/thread.h"

// A span is sparse that has this part of its blocks free. Who moves until no
// span is, has less than this part in excess.
enum { SPARSE_FREE_PART = 16 };

// Whether the header is what a span of ours has that serves a class. What lies
// in the middle of a large block can look like anything.
static int serves_class(const struct span *span, uint32_t number,
                        const struct heap *heap, const void *block) {
    return (uintptr_t)heap ==
               (load_relaxed(&span->owner) & // relaxed: ours
                ~(uintptr_t)(SPAN_FULL | SPAN_MEDIUM | SPAN_ALIGNED)) &&
           span->number == number && span->run == 1 &&
           span->class_index < CLASS_COUNT &&
           span->memory == (const char *)span_around(block);
}

// Whether the address is the start of a block that was carved.
static int is_start(const struct span *span, const void *block) {
    size_t offset = (size_t)((const char *)block - span->memory);

    if (offset < span->start)
        return 0;
    uint32_t index = span_block_index(span, block);
    return index < span->capacity &&
           span->start + (size_t)index * span->block_bytes == offset;
}

static int is_sparse(const struct heap *heap, const struct span *span) {
    const struct span *first = heap->partial[span->class_index];
    uint32_t free = span->capacity - span_used(span);

    return (span_flags(span) & SPAN_FULL) == 0 && span != first &&
           span != heap->active[span->class_index] &&
           free * SPARSE_FREE_PART >= span->capacity;
}

int rpmalloc_should_move(const void *block) {
    struct heap *heap = rp_thread_heap;

    if (heap == &rp_no_heap || rp_is_checked())
        return 0;
    uint32_t number = rp_segment_index_at(block);
    if (number == NO_SPAN)
        return 0;
    struct span *span = span_of(block);
    if (!serves_class(span, number, heap, block) || !is_start(span, block) ||
        !is_sparse(heap, span))
        return 0;
    // A medium block that is freed is the next to be allocated (medium.h); not
    // so one that goes to its span, as those with interior pointers do.
    if (span->class_index >= SMALL_CLASSES)
        span_set_flag(span, SPAN_ALIGNED);
    return 1;
}
