// budget.h - what all heaps together may keep for themselves.
//
// Each heap may have a little in its thread cache. What goes beyond, and long
// lists of medium blocks, it takes out of a budget that all share, and puts
// back when it gives the memory away. So few threads have large caches, and of
// many threads that sleep none keeps much.
//
// Invariant: `taken` is what heaps have taken and not put back; a moment more
//            while a thread is being refused.
// Progress:  wait-free. Relaxed: a number, which orders nothing.
#ifndef RP_CORE_HEAP_BUDGET_H
#define RP_CORE_HEAP_BUDGET_H

#include <stddef.h>

enum { BUDGET_SPANS = 512 }; // 32 MiB

// Written before any other thread uses the allocator.
extern size_t rp_budget_most; // spans

// 0: there is not so much left.
int rp_budget_take(size_t spans);
void rp_budget_give(size_t spans);

// Forgets what was taken. No other thread may be in the allocator.
void rp_budget_reset(void);

#endif
