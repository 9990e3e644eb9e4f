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
// A list for which there was no budget, one of too many heaps, is not to keep
// what a thread that falls asleep has freed last. So its limit is less than
// what its spans have out: the free of the last block that lives finds the list
// full, and if the class keeps more than a little, all goes back to the spans,
// and these to the caches. No free counts anything for that.
//
// Invariant: length[m] blocks are in heap->free[SMALL_CLASSES + m]; out[m] are
//            there, or live, or deferred.
#ifndef RP_CORE_HEAP_MEDIUM_H
#define RP_CORE_HEAP_MEDIUM_H

#include "core/base/bits.h"
#include "core/heap/heap.h"

enum { MEDIUM_LIST_BYTES = 2 << 20 };

// Takes all but the newest `keep` blocks out of the list of a class. The caller
// gives what it gets to the spans (rp_heap_span_free_list): it counts as there.
struct block *rp_medium_spill(struct heap *heap, unsigned class_index,
                              uint32_t keep);
// Limits are as at first. All lists must be empty.
void rp_medium_lower_limits(struct heap *heap);
// The list, which is not in the budget, is full, and a block of the class is
// being freed. 1: it is the last, and none is to stay in the list.
int rp_medium_is_over(struct heap *heap, unsigned class_index);
// Else: takes out what has to go for one more.
struct block *rp_medium_make_room(struct heap *heap, unsigned class_index);
// What is out of the spans has changed: so has the limit of a list without
// budget.
void rp_medium_limit(struct heap *heap, size_t class_index);

// Whether the list of a class is in the budget.
static inline int medium_is_paid(const struct heap *heap, size_t class_index) {
    return (int)(heap->medium.paid >> (class_index - SMALL_CLASSES) & 1);
}

// `count` blocks of a medium class left its spans, or came back to them.
static inline void medium_out(struct heap *heap, size_t class_index,
                              uint32_t count) {
    heap->medium.out[class_index - SMALL_CLASSES] += count;
    if (RP_UNLIKELY(!medium_is_paid(heap, class_index)))
        rp_medium_limit(heap, class_index);
}

// `count` blocks left a span, and `listed` of them came into the list of the
// class. Nothing for small classes, as below.
static inline void medium_take(struct heap *heap, size_t class_index,
                               uint32_t count, uint32_t listed) {
    if (class_index < SMALL_CLASSES)
        return;
    heap->medium.length[class_index - SMALL_CLASSES] += listed;
    medium_out(heap, class_index, count);
}

// `count` blocks came back to a span.
static inline void medium_back(struct heap *heap, size_t class_index,
                               uint32_t count) {
    if (class_index >= SMALL_CLASSES)
        medium_out(heap, class_index, 0 - count);
}

// The program got the first block of the list.
static inline void medium_popped(struct heap *heap, size_t class_index) {
    if (class_index >= SMALL_CLASSES)
        heap->medium.length[class_index - SMALL_CLASSES] -= 1;
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
