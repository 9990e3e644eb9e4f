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
// (medium_list.h). A block in free[c] counts as used; so when a span's `used`
// falls to 0 all its blocks are in its own list, and it can go. When
// free[c] runs out it is refilled: from the active span's list, by carving the
// span further, from what others freed (`notify`), from a partial span, or from
// an empty one (thread cache, then segments).
//
// A thread that frees into a foreign span pushes onto the span's deferred
// stack; who finds that stack empty pushes the span onto the heap's `notify`
// stack. The owner takes that stack whole, then each span's blocks.
//
// Invariant: a span of the heap is active, in partial or in full, by whether it
//            is allocated from, has free blocks, or has none. A span is in
//            `notify` at most once: only who takes it out empties its deferred
//            stack, and only who fills an empty one pushes it.
// Progress:  allocation and free are wait-free but for the push of deferred
//            blocks and the taking of spans, which are lock-free.
// ABA:       both stacks are popped by taking everything: harmless.
#ifndef RP_CORE_HEAP_HEAP_H
#define RP_CORE_HEAP_HEAP_H

#include "core/base/atomic.h"
#include "core/span/outgoing.h"
#include "core/span/segment.h"
#include "core/span/size_class.h"
#include "core/span/span.h"
#include "core/span/sparse.h"

enum { CACHE_RUNS = SEGMENT_MAX_RUN + 1 }; // of 1 .. SEGMENT_MAX_RUN spans

// Empty runs that the heap keeps, by their length.
struct thread_cache {
    struct span *runs[CACHE_RUNS];
    _Atomic(size_t) spans; // in all; others only read it, for statistics
};

// The lists of medium classes; medium_list.h.
struct medium_lists {
    uint32_t length[MEDIUM_CLASSES];
    uint32_t limit[MEDIUM_CLASSES];
    uint32_t grown; // spans' worth that limits have grown by
};

struct heap {
    // The owner's; `free` first: the fast path indexes it.
    struct block *free[CLASS_COUNT];
    struct medium_lists medium;
    struct span *active[CLASS_COUNT];
    struct span *partial[CLASS_COUNT];
    struct span *full;
    struct thread_cache cache;
    struct outgoing outgoing;
    struct sparse_queue sparse;
    _Atomic(size_t) spans; // that serve blocks of a class; others only read
    uint32_t number;
    // No thread's: used through rpmalloc_heap_alloc. Others only ask.
    _Atomic(uint32_t) is_first_class;
    // Large and huge blocks that came about while it was.
    struct span *beyond;

    // Spans that have got deferred blocks; pushed by all, taken by the owner.
    _Alignas(64) _Atomic(struct span *) notify;
    // registry.h
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
static inline void heap_spans_add(struct heap *heap, size_t more) {
    store_relaxed(&heap->spans, heap_spans(heap) + more); // relaxed: as above
}

// Takes blocks of a class into heap->free and returns the first, not counting
// it as allocated: the caller pops it. NULL: out of memory.
struct block *rp_heap_refill(struct heap *heap, unsigned class_index);

// The owner's free that brought a span's `used` down to its mark.
void rp_heap_span_low(struct heap *heap, struct span *span);
// The owner's free into a span that is full, or has interior pointers.
void rp_heap_free_special(struct heap *heap, struct span *span,
                          struct block *block);

// Frees a block of a span that another heap owns. heap: of the calling thread,
// or &rp_no_heap.
void rp_heap_free_foreign(struct heap *heap, struct span *span,
                          struct block *block);
// Takes a large or huge block into a first-class heap, and out of it. Only who
// uses the heap may, so the block stays in it when the heap is released.
void rp_heap_keep_beyond(struct heap *heap, struct span *span);
void rp_heap_drop_beyond(struct heap *heap, struct span *span);
// Takes it out and gives its memory back.
void rp_heap_free_beyond(struct heap *heap, struct span *span);
// Frees every block of a first-class heap.
void rp_heap_free_all(struct heap *heap);
// Pushes all blocks that the heap has gathered for others.
void rp_heap_flush_outgoing(struct heap *heap);

// Puts the list of a class back into its spans, and the active span away when
// it is empty.
void rp_heap_class_retire(struct heap *heap, unsigned class_index);
// Takes in everything that others freed.
void rp_heap_collect(struct heap *heap);
// The same, and gives back every empty span and the whole thread cache.
void rp_heap_retire(struct heap *heap);
// The same, and the free pages of spans that are not empty.
void rp_heap_collect_all(struct heap *heap);

// Makes the heap idle: the calling thread had it. What others freed into it at
// the last moment is collected; so no block is left behind in an idle heap.
void rp_heap_give_up(struct heap *heap);

// How many of a span's `used` blocks are in the heap's list; for the active
// one, one more (span.h).
uint32_t rp_heap_unused(const struct heap *heap, const struct span *span);

// Adds the free blocks of a span that serves a class: those in lists, not
// carved yet, or withheld.
struct block_set;
void rp_heap_add_free(const struct span *span, struct block_set *set);

// Whether the heap has neither spans nor blocks, but for its thread cache.
int rp_heap_is_empty(const struct heap *heap);

// Whether the lists, counts and flags agree. Walks all of them: for tests.
int rp_heap_valid(const struct heap *heap);

#endif
