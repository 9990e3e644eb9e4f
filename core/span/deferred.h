// deferred.h - blocks freed by threads that do not own the span.
//
// A stack with many pushers and one taker: any thread pushes a chain of
// blocks, only the owner takes, and it takes everything at once. The head is
// one 32-bit word, (how many blocks) * 65536 + DEFERRED_MARKS + (where the
// first one starts in the span) / 16, so that the taker learns the count
// without a walk. Because nobody pops a single block, a head that left and came
// back is harmless: there is no ABA problem and no tag.
//
// Invariant: the head reaches each deferred block exactly once, and its count
//            is the length of the chain.
// Progress:  push is lock-free, take is wait-free.
//
// When the owner does not come by, a span all of whose blocks are deferred can
// lose its memory. Who brings the last blocks, and so still has the span, puts
// DEFERRED_LEAVING in the place of the first block, gives the memory back but
// for the page of a header in front, and then puts DEFERRED_GONE there: now the
// owner finds the count, and no chain. An owner that takes in between takes
// nothing, and is told again.
//
// The push that finds the stack empty must tell the owner (heap/notify.h);
// the owner takes only from spans it was told of. So a span stands at most
// once in the owner's list.
#ifndef RP_CORE_SPAN_DEFERRED_H
#define RP_CORE_SPAN_DEFERRED_H

#include "core/span/span.h"

// Stand where no block can.
enum deferred_mark { DEFERRED_LEAVING = 1, DEFERRED_GONE = 2, DEFERRED_MARKS };

static inline uint32_t deferred_place(uint32_t head) {
    return head & 0xffffu;
}

static inline uint32_t deferred_place_of(const struct span *s,
                                         const struct block *block) {
    return DEFERRED_MARKS +
           (uint32_t)((const char *)block - s->memory) / BLOCK_ALIGN;
}

// NULL when there is none, or a mark.
static inline struct block *deferred_first(const struct span *s,
                                           uint32_t head) {
    uint32_t place = deferred_place(head);

    return place >= DEFERRED_MARKS
               ? (struct block *)(s->memory + (size_t)(place - DEFERRED_MARKS) *
                                                  BLOCK_ALIGN)
               : NULL;
}

static inline uint32_t deferred_count(uint32_t head) {
    return head >> 16;
}

// Pushes the chain first .. last of `count` blocks of `s`, when `head` was its
// stack a moment ago. Returns 1 when that was empty: the caller must notify the
// owner.
static inline int deferred_push_onto(struct span *s, struct block *first,
                                     struct block *last, uint32_t count,
                                     uint32_t head) {
    uint32_t place = deferred_place_of(s, first);

    do {
        last->next = deferred_first(s, head);
        // release [deferred]: every b->next of the chain
        // acquire [told]: the owner is done with notify_next
    } while (!cas_acq_rel(&s->deferred, &head,
                          (deferred_count(head) + count) << 16 | place));
    return head == 0;
}

static inline int deferred_push(struct span *s, struct block *first,
                                struct block *last, uint32_t count) {
    // relaxed: only a first guess; the CAS checks it.
    return deferred_push_onto(s, first, last, count,
                              load_relaxed(&s->deferred));
}

// Takes all. The result is the head: deferred_count, deferred_first; or one
// with DEFERRED_LEAVING, then nothing was taken.
static inline uint32_t deferred_take(struct span *s) {
    // acquire [deferred]: every b->next; that the memory is gone
    // release [told]: the caller has read notify_next, which the next push that
    // finds the stack empty will write
    return swap_acq_rel(&s->deferred, 0);
}

// Whether a chain of `count` blocks, in the caller's hands, is all that *head
// does not have: then nobody but the owner changes the stack.
static inline int deferred_completes(struct span *s, uint32_t count,
                                     uint32_t *head) {
    *head = load_relaxed(&s->deferred); // relaxed: the next CAS checks it
    return deferred_count(*head) + count == s->capacity;
}

// Begins to leave, for who has the chain that completes *head. 0: the owner was
// here.
static inline int deferred_leave(struct span *s, uint32_t *head) {
    // acquire [deferred]: what others did to their blocks
    return cas_strong_acq_rel(&s->deferred, head,
                              s->capacity << 16 | DEFERRED_LEAVING);
}

// Ends it: `place` is DEFERRED_GONE, or that of the first block of all when the
// memory had to stay. 1: the owner was here, and must be notified.
static inline int deferred_left(struct span *s, uint32_t place) {
    uint32_t head = s->capacity << 16 | DEFERRED_LEAVING;

    // release [deferred]: that the memory is gone, or every b->next
    if (cas_strong_acq_rel(&s->deferred, &head, s->capacity << 16 | place))
        return 0;
    // release [deferred]: as above; the owner looks when it is notified
    store_release(&s->deferred, s->capacity << 16 | place);
    return 1;
}

#endif
