// deferred.h - blocks freed by threads that do not own the span.
//
// A stack with many pushers and one taker: any thread pushes a chain of
// blocks, only the owner takes, and it takes everything at once. The head is
// one 32-bit word, (how many blocks) * 65536 + (where the first one starts in
// the span) / 16, so that the taker learns the count without a walk. Because
// nobody pops a single block, a head that left and came back is harmless:
// there is no ABA problem and no tag.
//
// Invariant: the head reaches each deferred block exactly once, and its count
//            is the length of the chain.
// Progress:  push is lock-free, take is wait-free.
//
// The push that finds the stack empty must tell the owner (heap/notify.h);
// the owner takes only from spans it was told of. So a span stands at most
// once in the owner's list.
#ifndef RP_CORE_SPAN_DEFERRED_H
#define RP_CORE_SPAN_DEFERRED_H

#include "core/span/span.h"

static inline struct block *deferred_first(const struct span *s,
                                           uint32_t head) {
    uint32_t offset = (head & 0xffffu) * BLOCK_ALIGN;

    return head != 0 ? (struct block *)((uintptr_t)s + offset) : NULL;
}

static inline uint32_t deferred_count(uint32_t head) {
    return head >> 16;
}

// Pushes the chain first .. last of `count` blocks of `s`. Returns 1 when the
// stack was empty: the caller must notify the owner.
static inline int deferred_push(struct span *s, struct block *first,
                                struct block *last, uint32_t count) {
    uint32_t place = (uint32_t)((char *)first - (char *)s) / BLOCK_ALIGN;
    // relaxed: only a first guess; the CAS below checks it.
    uint32_t head = load_relaxed(&s->deferred);

    do {
        last->next = deferred_first(s, head);
        // release [deferred]: every b->next of the chain
        // acquire [told]: the owner is done with notify_next
    } while (!cas_acq_rel(&s->deferred, &head,
                          (deferred_count(head) + count) << 16 | place));
    return head == 0;
}

// Takes all. *count: how many.
static inline struct block *deferred_take(struct span *s, uint32_t *count) {
    // acquire [deferred]: every b->next
    // release [told]: the caller has read notify_next, which the next push that
    // finds the stack empty will write
    uint32_t head = swap_acq_rel(&s->deferred, 0);

    *count = deferred_count(head);
    return deferred_first(s, head);
}

#endif
