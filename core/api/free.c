// free.c - free, the slow paths.
#include "core/api/free.h"

#include "core/heap/cache.h"
#include "core/heap/huge.h"
#include "core/heap/large_list.h"
#include "core/heap/medium.h"
#include "core/heap/retire.h"
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
        rp_cache_give(heap, span);
}

// An own block that its span gets itself.
static void free_into_span(struct span *span, struct block *block,
                           struct heap *heap) {
    if (RP_UNLIKELY(block == span->free))
        rp_free_again();
    medium_back(heap, span->class_index, 1);
    rp_heap_span_free(heap, span, block);
}

// An own medium block, whose list may be full.
static __attribute__((noinline)) void free_medium(struct span *span,
                                                  struct block *block,
                                                  struct heap *heap) {
    unsigned class_index = span->class_index;

    if (RP_UNLIKELY(block == heap->free[class_index]))
        rp_free_again();
    if (!medium_has_room(heap, span)) {
        if (!medium_is_paid(heap, class_index) &&
            rp_medium_is_over(heap, class_index)) {
            free_into_span(span, block, heap);
            rp_heap_retire_class(heap, class_index);
            return;
        }
        rp_heap_span_free_list(heap, rp_medium_make_room(heap, class_index));
    }
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
        free_into_span(span, block, heap);
}

// An own medium block, into a list with room. 0: it is none, or there is none.
// owner: that of the span.
static inline __attribute__((always_inline)) int free_own_medium(
    void *pointer, struct span *span, uintptr_t owner, struct heap *heap) {
    if ((owner & ~(uintptr_t)SPAN_FULL) != ((uintptr_t)heap | SPAN_MEDIUM) ||
        !medium_has_room(heap, span))
        return 0;
    if (RP_UNLIKELY(pointer == heap->free[span->class_index])) {
        rp_free_again();
        return 1;
    }
    if (rp_is_observed())
        rp_on_free(span->number, span_block_index(span, pointer), 0);
    medium_push(heap, span, pointer);
    return 1;
}

// A block of another heap whose chain is full, or has it last.
static __attribute__((noinline)) void free_into_chain(void *pointer,
                                                      struct span *span,
                                                      struct heap *heap) {
    if (pointer == outgoing_find(&heap->outgoing, span)->first)
        rp_free_again();
    rp_foreign_free(heap, span, pointer);
}

static __attribute__((cold, noinline)) void free_without_heap(
    void *pointer, struct span *span) {
    rp_foreign_free(rp_thread_heap_for_frees(), span, pointer);
}

// Another heap's block, and nothing else about it is special: gathered, or
// sent.
static inline __attribute__((always_inline)) void free_foreign(
    void *pointer, struct span *span, struct heap *heap) {
    if (rp_is_observed())
        rp_on_free(span->number, span_block_index(span, pointer), 1);
    if (RP_LIKELY(outgoing_add(&heap->outgoing, span, pointer)))
        return;
    if (outgoing_find(&heap->outgoing, span) != NULL)
        free_into_chain(pointer, span, heap);
    else if (RP_LIKELY(heap != &rp_no_heap))
        rp_foreign_free(heap, span, pointer);
    else
        free_without_heap(pointer, span);
}

// Whether it is such a block. owner: that of the span, may be none.
static inline int is_of_another(uintptr_t owner, const struct heap *heap) {
    return (owner ^ (uintptr_t)heap) > SPAN_FLAGS &&
           (owner & SPAN_SPECIAL) == 0;
}

// What is neither that nor an own small block, nor a medium one whose list has
// room.
static inline __attribute__((always_inline)) void free_other(
    void *pointer, struct span *span, uintptr_t owner, struct heap *heap) {
    if (owner == SPAN_LARGE && cache_has_room(heap, span)) {
        if (rp_is_observed())
            rp_on_free(span->number, 0, 0);
        cache_push(heap, span);
        return;
    }
    free_rare(pointer, span, heap);
}

void rp_free_slow(void *pointer, struct span *span, struct heap *heap) {
    // relaxed: our own heap's address is there only if we put it there.
    uintptr_t owner = load_relaxed(&span->owner);

    if (RP_UNLIKELY(!span_is_one(span))) {
        rp_free_refuse(pointer);
        return;
    }
    if (is_of_another(owner, heap))
        free_foreign(pointer, span, heap);
    else if (!free_own_medium(pointer, span, owner, heap))
        free_other(pointer, span, owner, heap);
}

// A block whose header is in front.
static inline __attribute__((always_inline)) void free_in_front(
    void *pointer, struct heap *heap) {
    struct span *span = span_around(pointer);
    struct block *block = pointer;

    if (!span_is_plainly(span, heap)) {
        rp_free_slow(pointer, span, heap);
        return;
    }
    if (RP_UNLIKELY(block == span->free))
        rp_free_again();
    if (rp_is_observed())
        rp_on_own_free(span->number, span_index_behind(span, block));
    block->next = span->free;
    span->free = block;
    if (RP_UNLIKELY(--span->used == 0))
        rp_heap_span_settle(heap, span);
}

// One whose header is apart: a medium or a large one.
static inline __attribute__((always_inline)) void free_apart(
    void *pointer, struct span *span, struct heap *heap) {
    // relaxed: as above
    uintptr_t owner = load_relaxed(&span->owner);

    if (free_own_medium(pointer, span, owner, heap))
        return;
    if (is_of_another(owner, heap))
        free_foreign(pointer, span, heap);
    else
        free_other(pointer, span, owner, heap);
}

// The hint is of another leaf, or of none.
static __attribute__((noinline)) void free_sought(void *pointer,
                                                  struct heap *heap) {
    struct page_map_node *leaf = page_map_leaf(pointer);

    if (pointer == NULL)
        return;
    if (leaf == NULL) {
        free_in_front(pointer, heap);
        return;
    }
    heap_hint(heap, pointer, leaf);
    struct span *apart = page_map_get_in(leaf, pointer);
    if (apart != NULL)
        free_apart(pointer, apart, heap);
    else
        free_in_front(pointer, heap);
}

void rp_free_at_page(void *pointer, struct heap *heap) {
    if (RP_UNLIKELY(heap->pages.key != page_map_key(pointer))) {
        free_sought(pointer, heap);
        return;
    }
    struct span *apart = page_map_get_in(heap->pages.leaf, pointer);
    if (apart != NULL)
        free_apart(pointer, apart, heap);
    else
        free_in_front(pointer, heap);
}
