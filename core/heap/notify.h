// notify.h - the spans of a heap into which others freed.
//
// A thread that frees into a foreign span pushes onto the span's deferred
// stack (deferred.h); who finds that stack empty pushes the span onto its
// heap's `notify` stack. The owner takes that stack whole, then each span's
// blocks (collect.h).
//
// Invariant: a span is in `notify` at most once: only who takes it out empties
//            its deferred stack, and only who fills an empty one pushes it.
// Progress:  push is lock-free, take is wait-free.
// ABA:       the stack is popped by taking everything: harmless.
#ifndef RP_CORE_HEAP_NOTIFY_H
#define RP_CORE_HEAP_NOTIFY_H

#include "core/heap/heap.h"

static inline void notify_push(struct heap *heap, struct span *span) {
    struct span *head = load_relaxed(&heap->notify); // relaxed: a guess

    do {
        span->notify_next = head;
        // release [notify]: notify_next
        // acquire [given up]: that the heap is idle, if it is
    } while (!cas_acq_rel(&heap->notify, &head, span));
}

// All of them, linked by notify_next.
static inline struct span *notify_take(struct heap *heap) {
    // acquire [notify]: every span's notify_next
    return swap_acquire(&heap->notify, NULL);
}

// Whether it is worth to take them: a span may have come that is not seen yet.
static inline int notify_has_any(const struct heap *heap) {
    return load_relaxed(&heap->notify) != NULL; // relaxed: seen the next time
}

// Spans that are empty but for the owner's knowing: so many keep their memory
// until it comes by, and, when it comes by late but does come, as many as it
// found then.
enum { WHOLE_LEAST = 64, WHOLE_MOST = 512 };

// All blocks of one more span are deferred; whether it is worth to keep its
// memory. relaxed: a measure, which orders nothing.
static inline int notify_keeps_whole(struct heap *heap) {
    uint32_t before = add_relaxed(&heap->whole, 1); // relaxed: as above

    // relaxed: as above
    return before < WHOLE_LEAST || before < load_relaxed(&heap->whole_most);
}

// The owner came by: it collects, or will soon.
static inline void notify_seen(struct heap *heap) {
    uint32_t whole = load_relaxed(&heap->whole); // relaxed, all: as above

    if (whole == 0)
        return;
    store_relaxed(&heap->whole, 0);
    if (whole <= heap->whole_seen)
        return;
    heap->whole_seen = whole < WHOLE_MOST ? whole : WHOLE_MOST;
    if (heap->whole_seen > load_relaxed(&heap->whole_most))
        store_relaxed(&heap->whole_most, heap->whole_seen);
}

// A while went by: as many as were found meanwhile, or half as many as before.
static inline void notify_forget(struct heap *heap) {
    uint32_t half = load_relaxed(&heap->whole_most) / 2; // relaxed: as above
    uint32_t seen = heap->whole_seen;

    store_relaxed(&heap->whole_most, seen > half ? seen : half); // relaxed
    heap->whole_seen = 0;
}

// For who made the heap idle: 1 when no span is there, and whoever pushes one
// from now on sees that the heap is idle.
static inline int notify_is_empty_for_good(struct heap *heap) {
    struct span *none = NULL;

    // release [given up]: that the heap is idle
    return cas_strong_acq_rel(&heap->notify, &none, NULL);
}

#endif
