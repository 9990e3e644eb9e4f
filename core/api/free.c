// free.c - free, the slow paths.
#include "core/api/free.h"

#include "core/heap/cache.h"
#include "core/heap/huge.h"
#include "core/heap/large.h"
#include "core/heap/large_list.h"
#include "core/heap/medium.h"
#include "core/os/check.h"
#include "core/thread/foreign.h"

// The block that a pointer, maybe interior, belongs to.
static struct block *block_start(struct span *span, void *pointer) {
    if ((span_flags(span) & SPAN_ALIGNED) == 0)
        return pointer;
    return span_block(span, span_block_index(span, pointer));
}

// A large or huge block that was made in a first-class heap belongs to that
// heap, which has it in a list: only who has the heap may take it out.
static void free_large(struct span *span, struct block *block,
                       struct heap *heap) {
    struct heap *owner = span_heap(span);
    int is_foreign = owner != NULL && owner != heap;

    rp_on_free(span->number, 0, is_foreign);
    if (owner == heap)
        rp_large_list_remove(heap, span);
    if (is_foreign)
        rp_foreign_free(heap, span, block);
    else if ((span_flags(span) & SPAN_HUGE) != 0)
        rp_huge_free(span);
    else
        rp_large_free(heap, span);
}

// An own medium block, whose list may be full.
static __attribute__((noinline)) void free_medium(struct span *span,
                                                  struct block *block,
                                                  struct heap *heap) {
    if (!medium_has_room(heap, span))
        rp_heap_span_free_list(heap,
                               rp_medium_make_room(heap, span->class_index));
    medium_push(heap, span, block);
}

// What is neither an own medium block nor a large one.
static __attribute__((noinline)) void free_rare(void *pointer,
                                                struct span *span,
                                                struct heap *heap) {
    uintptr_t flags = span_flags(span);

    if ((flags & (SPAN_LARGE | SPAN_HUGE)) != 0) {
        free_large(span, pointer, heap);
        return;
    }
    if ((flags & SPAN_EMPTY) != 0)
        rp_fatal("free of a pointer into memory where no block lives");
    struct block *block = block_start(span, pointer);
    int is_foreign = span_heap(span) != heap;
    rp_on_free(span->number, span_block_index(span, pointer), is_foreign);
    if (is_foreign)
        rp_foreign_free(heap, span, block);
    else if ((flags & (SPAN_MEDIUM | SPAN_ALIGNED)) == SPAN_MEDIUM)
        free_medium(span, block, heap);
    else
        rp_heap_span_free(heap, span, block);
}

void rp_free_slow(void *pointer, struct span *span, struct heap *heap) {
    // relaxed: our own heap's address is there only if we put it there.
    uintptr_t owner = load_relaxed(&span->owner);

    if ((owner & ~(uintptr_t)SPAN_FULL) == ((uintptr_t)heap | SPAN_MEDIUM) &&
        medium_has_room(heap, span)) {
        if (rp_is_observed())
            rp_on_free(span->number, span_block_index(span, pointer), 0);
        medium_push(heap, span, pointer);
        return;
    }
    if (owner == SPAN_LARGE && cache_has_room(heap, span)) {
        if (rp_is_observed())
            rp_on_free(span->number, 0, 0);
        cache_push(heap, span);
        return;
    }
    // Another heap's, and nothing else about it is special.
    if ((owner & SPAN_SPECIAL) == 0 &&
        (owner & ~(uintptr_t)SPAN_FLAGS) != (uintptr_t)heap) {
        if (rp_is_observed())
            rp_on_free(span->number, span_block_index(span, pointer), 1);
        if (!outgoing_add(&heap->outgoing, span, pointer))
            rp_foreign_free(heap, span, pointer);
        return;
    }
    free_rare(pointer, span, heap);
}
