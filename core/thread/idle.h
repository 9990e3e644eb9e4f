// idle.h - heaps that no thread has, and who collects for them.
//
// A heap without a thread has nobody to take in what others free into it. So
// who frees into one takes it for a moment and collects; and who gives one up
// looks again after that, for those who came when it was not idle yet.
//
// Invariant: no block is left behind in a heap that is idle.
// Progress:  lock-free: who has to look again was overtaken by another's free.
#ifndef RP_CORE_THREAD_IDLE_H
#define RP_CORE_THREAD_IDLE_H

#include "core/heap/heap.h"

// Spans that a heap keeps while no thread has it: enough for a job to start at
// once, little enough for many idle heaps.
enum { IDLE_SPANS = 4 };

// Makes the heap idle: the caller had it.
void rp_idle_give_up(struct heap *heap);

// Others have freed blocks of a class into the heap, and have told it. If no
// thread has it, does what is to be done.
void rp_idle_collect(struct heap *heap, uint32_t class_index);

// Every idle heap gives back what it does not use.
void rp_idle_retire_all(void);

// A heap without any span or block, for no thread. NULL: out of memory.
struct heap *rp_idle_take_empty(void);

#endif
