// budget.h - what all heaps together may keep for themselves.
//
// Each heap may have a span in its thread cache. What goes beyond, and lists of
// medium blocks, it takes out of a budget that all share, and puts back when it
// gives the memory away. So few threads have large caches, and of many threads
// that sleep none keeps much: those for which nothing was left keep an empty
// span, and what they are carving.
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
// One span for a list, of the first half: blocks in it may lie in several.
int rp_budget_take_for_list(void);
void rp_budget_give(size_t spans);
// Whether hardly anything is left: there are many heaps.
int rp_budget_is_tight(void);

// Forgets what was taken. No other thread may be in the allocator.
void rp_budget_reset(void);

#endif
