// cache.h - empty runs that a heap keeps for itself.
//
// Plain lists, one a run length, that only the owner touches. They save the
// atomic operations of the segments, and keep memory warm.
#ifndef RP_CORE_HEAP_CACHE_H
#define RP_CORE_HEAP_CACHE_H

#include "core/base/bits.h"
#include "core/heap/heap.h"
#include "core/hook.h"
#include "core/span/segment.h"

// Takes a run of exactly `count` spans, for blocks of a class or a large one
// (RP_CLASS_LARGE), from the cache or else from a segment. Its `from` says
// which. 0: out of memory.
int rp_cache_take(struct heap *heap, uint32_t count, unsigned class_index,
                  struct span_run *result);

// Gives a run of rp_cache_take back that has not been used.
void rp_cache_return(struct heap *heap, const struct span_run *run);

// Gives a run back that no block lives on: to the cache while that is not full,
// else to the segments. Tells the observer.
void rp_cache_give(struct heap *heap, struct span *first);

// Gives cached runs to the segments until at most `keep` spans are left, and
// the limit is as at first.
void rp_cache_trim(struct heap *heap, size_t keep);

// Most spans that a thread keeps; CACHE_SPANS unless set. The first CACHE_LEAST
// of them are its own, the others of the budget of all.
// Written before any other thread uses the allocator.
enum { CACHE_SPANS = 32, CACHE_LEAST = 1 };
extern size_t rp_cache_limit;

// How many spans are cached. relaxed: only the owner writes, others read a
// statistic.
static inline size_t cache_spans(const struct heap *heap) {
    return load_relaxed(&heap->cache.spans);
}
static inline void cache_count(struct heap *heap, size_t spans) {
    store_relaxed(&heap->cache.spans, spans); // relaxed: as above
}

// A cached run of exactly `count` spans, or NULL. Its header is intact.
static inline struct span *cache_pop(struct heap *heap, size_t count) {
    struct span *first = heap->cache.runs[count];

    if (first != NULL) {
        heap->cache.runs[count] = first->next;
        cache_count(heap, cache_spans(heap) - count);
    }
    return first;
}

// Whether the heap keeps one more run; &rp_no_heap does not.
static inline int cache_has_room(const struct heap *heap,
                                 const struct span *first) {
    return RP_LIKELY(cache_spans(heap) + first->run <= heap->cache.limit);
}

// Keeps an empty run, for which there is room, and tells the observer.
static inline void cache_push(struct heap *heap, struct span *first) {
    uint32_t count = first->run;

    rp_on_span_release(first->number, count, heap->number,
                       RP_PLACE_THREAD_CACHE);
    // relaxed: no other thread looks at an empty span.
    store_relaxed(&first->owner, SPAN_EMPTY);
    first->heap_number = heap->number;
    first->next = heap->cache.runs[count];
    heap->cache.runs[count] = first;
    cache_count(heap, cache_spans(heap) + count);
}

#endif
