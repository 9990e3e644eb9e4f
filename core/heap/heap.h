// heap.h - a heap: the spans and lists of one thread.
//
// For each size class a heap has one active span and allocates from `free`,
// a list of blocks that was taken out of that span all at once:
//
//     free[c] --> blocks of active[c], taken; and medium ones, of any span
//     active[c]     the span; its own `free` gets what is freed meanwhile
//     partial[c]    spans with free blocks, the last one freed into first
//     full          spans without
//
// A free by the owner goes to the span, not to free[c], but for medium blocks
// (medium.h). A block in free[c] counts as used; so when a span's `used` falls
// to 0 all its blocks are in its own list, and it can go. When free[c] runs out
// it is refilled (refill.h): from the active span's list, by carving the span
// further, from what others freed (notify.h), from a partial span, or from an
// empty one (cache.h, then segments).
//
// Invariant: a span of the heap is active, in partial or in full, by whether it
//            is allocated from, has free blocks, or has none.
// Progress:  what the owner does is wait-free but for the taking of spans from
//            segments, which is lock-free.
#ifndef RP_CORE_HEAP_HEAP_H
#define RP_CORE_HEAP_HEAP_H

#include "core/base/atomic.h"
#include "core/span/outgoing.h"
#include "core/span/segment.h"
#include "core/span/size_class.h"
#include "core/span/span.h"
#include "core/span/sparse.h"

enum { CACHE_RUNS = SEGMENT_MAX_RUN + 1 };

// Empty runs that the heap keeps, by their length; cache.h.
struct cache {
    struct span *runs[CACHE_RUNS];
    _Atomic(size_t) spans; // in all; others only read it, for statistics
    size_t limit;          // most that it may have; grows as it is needed
};

// The lists of medium classes; medium.h.
struct medium_lists {
    uint32_t length[MEDIUM_CLASSES];
    uint32_t limit[MEDIUM_CLASSES];
    uint32_t out[MEDIUM_CLASSES];   // blocks that spans count as used
    uint8_t wanted[MEDIUM_CLASSES]; // it has run out since it was full
    uint32_t grown;                 // spans' worth that limits have grown by
    uint32_t paid; // lists that are in the budget of all, a bit each
};

struct heap {
    // The owner's; `free` first: the fast path indexes it.
    struct block *free[CLASS_COUNT];
    struct medium_lists medium;
    struct span *active[CLASS_COUNT];
    struct span *partial[CLASS_COUNT];
    struct span *full;
    struct cache cache;
    struct outgoing outgoing;
    struct sparse_queue sparse;
    _Atomic(size_t) spans; // that serve blocks of a class; others only read
    _Atomic(uint32_t) class_spans[CLASS_COUNT]; // the same, by class
    uint8_t begun[SMALL_CLASSES]; // blocks that others lent; begin.h
    uint32_t number;
    uint32_t wishes_heard; // of all that it retire; retire.h
    struct page_map_hint pages;
    int32_t work_left; // blocks until the heap looks after itself; work.h
    uint32_t looks;    // since its lists and its cache shrank
    struct block *seen[CLASS_COUNT]; // what `free` was at one of them
    // No thread's: used through rpmalloc_heap_alloc. Others only ask.
    _Atomic(uint32_t) is_first_class;
    struct segment_set segments; // of its own, when it is
    // Large and huge blocks that came about while it was; large_list.h.
    struct span *large;

    // Spans that have got deferred blocks; pushed by all, taken by the owner;
    // notify.h.
    _Alignas(64) _Atomic(struct span *) notify;
    // Of these: all of whose blocks are deferred, since the owner came by; and
    // how many such keep their memory.
    _Atomic(uint32_t) whole;
    _Atomic(uint32_t) whole_most;
    uint32_t whole_seen; // the owner's: the most that it found, of late
    // Whether a thread has it; registry.h.
    _Atomic(uint32_t) state;
    _Atomic(uint32_t) idle_next;
};

// The heap of a thread that has none: every list is empty, so that the first
// allocation takes the slow path, and it owns no span.
extern struct heap rp_no_heap;

// How many spans serve blocks of a class. relaxed: only the owner writes,
// others read a statistic.
static inline size_t heap_spans(const struct heap *heap) {
    return load_relaxed(&heap->spans);
}
static inline void heap_spans_add(struct heap *heap, unsigned class_index,
                                  int more) {
    _Atomic(uint32_t) *of_class = &heap->class_spans[class_index];

    // relaxed, all: as above
    store_relaxed(&heap->spans, heap_spans(heap) + (size_t)more);
    store_relaxed(of_class, load_relaxed(of_class) + (uint32_t)more);
}

// Takes a leaf for the hint. That of rp_no_heap, which all threads share, is
// never written.
static inline void heap_hint(struct heap *heap, const void *block,
                             struct page_map_node *leaf) {
    if (page_map_key(block) != 0 && heap != &rp_no_heap)
        heap->pages = (struct page_map_hint){page_map_key(block), leaf};
}

// The span of a block, as span_of.
static inline struct span *heap_span_of(const struct heap *heap,
                                        const void *block) {
    if (!is_at_page(block))
        return span_around(block);
    if (RP_UNLIKELY(heap->pages.key != page_map_key(block)))
        return span_at_page(block);
    struct span *apart = page_map_get_in(heap->pages.leaf, block);
    return apart != NULL ? apart : span_around(block);
}

// Whether the heap has neither spans nor blocks, but for its thread cache.
int rp_heap_is_empty(const struct heap *heap);

// Whether the lists, counts and flags agree. Walks all of them: for tests.
int rp_heap_valid(const struct heap *heap);

#endif
