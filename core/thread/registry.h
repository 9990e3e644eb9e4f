// registry.h - all heaps, and which of them have no thread.
//
// Heaps are made when needed and never freed. A heap without a thread is idle;
// idle heaps wait in a stack for a thread to adopt them. The thread that gave
// a heap up may take it back directly, without the stack: then the heap stays
// in the stack as a stale entry, which who pops it drops.
//
// A heap's state is one word of two bits, OWNED and LISTED, changed by CAS:
//
//     OWNED            a thread has it; not in the stack
//     OWNED | LISTED   a thread took it back; a stale entry is in the stack
//     LISTED           idle, in the stack
//     0                only between the making of a heap and its first owner
//
// Invariant: LISTED is set if and only if the heap is in the stack, or a
//            thread is about to push it, or has popped it and not yet looked.
// Progress:  lock-free.
// ABA:       the stack's head is a heap number and a 32-bit tag that every pop
//            changes; a popper would have to sleep through exactly a multiple
//            of 2^32 pops. Heaps are never freed, so reading a stale
//            `idle_next` is harmless.
#ifndef RP_CORE_THREAD_REGISTRY_H
#define RP_CORE_THREAD_REGISTRY_H

#include "core/heap/heap.h"

// A heap for the caller, which has it from now on: the one that `ticket` stands
// for if it is idle, or any idle one, or a new one. NULL: out of memory.
struct heap *rp_registry_take(uint64_t ticket);
// Any idle heap, or NULL.
struct heap *rp_registry_take_idle(void);
// A new heap. NULL: out of memory, or there are rp_registry_most.
struct heap *rp_registry_create(void);
// What a thread keeps, to get its heap back later; 0 stands for none. It goes
// stale, harmlessly, at finalize.
uint64_t rp_registry_ticket(const struct heap *heap);
// Whether no finalize has come since the ticket was made.
int rp_registry_is_current(uint64_t ticket);
// Makes the heap idle. The caller had it. Only what is deferred to it meanwhile
// is not seen to: see idle.h.
void rp_registry_give(struct heap *heap);
// Takes an idle heap for a moment: 1 when the caller has it now and must give
// it up again.
int rp_registry_try_take(struct heap *heap);

// Most heaps: what the table has room for, 1,048,576, but in tests.
extern uint32_t rp_registry_most;

// Heaps 0 .. count - 1 exist.
uint32_t rp_registry_count(void);
struct heap *rp_registry_heap(uint32_t number);

// Forgets all heaps. No other thread may be in the allocator.
void rp_registry_finalize(void);

#endif
