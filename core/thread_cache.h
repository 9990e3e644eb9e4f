// thread_cache.h - empty runs that a heap keeps for itself.
//
// Plain lists, one a run length, that only the owner touches. They save the
// atomic operations of the segments, and keep memory warm.
#ifndef RP_CORE_THREAD_CACHE_H
#define RP_CORE_THREAD_CACHE_H

#include "core/heap.h"

// Takes a run of exactly `count` spans, from the cache or else from a segment.
// Its `from` says which. 0: out of memory.
int rp_run_take(struct heap *heap, uint32_t count, struct span_run *result);

// Gives a run back that no block lives on: to the cache while that is not full,
// else to the segments. Tells the observer.
void rp_run_give(struct heap *heap, struct span *first);

// Gives cached runs to the segments until at most `keep` spans are left.
void rp_thread_cache_trim(struct heap *heap, size_t keep);

// Spans that a heap keeps while no thread has it: enough for a job to start at
// once, little enough for many idle heaps.
enum { IDLE_SPANS = 4 };

// Most spans that a thread keeps; THREAD_CACHE_SPANS unless set.
enum { THREAD_CACHE_SPANS = 32 };
void rp_thread_cache_set_limit(size_t spans);

#endif
