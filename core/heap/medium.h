// medium.h - blocks of medium size that their owner freed last.
//
// A span holds few medium blocks, so it would be full and partial by turns if
// each free went to it, and the next allocation would get a block that is long
// cold. So the owner's free of a medium block goes to the front of the list
// from which the heap allocates, whatever span it is of; that span sees
// nothing of it, and counts the block as used. When a list has reached its
// limit, its older half goes to the spans, and nearly all of it when nobody has
// emptied it meanwhile: each of its blocks keeps a span from becoming empty.
// The limit of a list that is emptied, too, grows, as long as the heap's limits
// together keep less than MEDIUM_LIST_BYTES and the budget of all heaps
// (budget.h) has something left; it shrinks again when the list is not.
//
// Invariant: length[m] blocks are in heap->free[SMALL_CLASSES + m].
#ifndef RP_CORE_HEAP_MEDIUM_H
#define RP_CORE_HEAP_MEDIUM_H

#include "core/base/bits.h"
#include "core/heap/heap.h"

enum { MEDIUM_LIST_BYTES = 2 << 20 };

// Takes all but the newest `keep` blocks out of the list of a class. The caller
// gives what it gets to the spans (rp_heap_span_free_list).
struct block *rp_medium_spill(struct heap *heap, unsigned class_index,
                              uint32_t keep);
// Limits are as at first. All lists must be empty.
void rp_medium_lower_limits(struct heap *heap);
// The list is full: takes out what has to go for one more.
struct block *rp_medium_make_room(struct heap *heap, unsigned class_index);

// `count` blocks came into the list of the class, from a span or from the
// program, or left it. Nothing for small classes.
static inline void medium_count(struct heap *heap, size_t class_index,
                                uint32_t count) {
    if (class_index >= SMALL_CLASSES)
        heap->medium.length[class_index - SMALL_CLASSES] += count;
}

// Fast path: whether a block of the span may be pushed without more ado.
static inline int medium_has_room(const struct heap *heap,
                                  const struct span *span) {
    size_t m = span->class_index - SMALL_CLASSES;

    return RP_LIKELY(heap->medium.length[m] < heap->medium.limit[m]);
}

// Fast path: the owner's free of a medium block, when there is room.
static inline void medium_push(struct heap *heap, const struct span *span,
                               struct block *block) {
    size_t class_index = span->class_index;

    heap->medium.length[class_index - SMALL_CLASSES] += 1;
    block->next = heap->free[class_index];
    heap->free[class_index] = block;
}

#endif
