// bookkeeping.h - memory for heaps and tables, which is never given back
// before finalize.
//
// A bump allocator over regions. Because nothing is freed, a pointer into it
// stays valid for good: the lock-free structures above rely on that (type
// stability).
//
// Invariant: each byte of a region below its `used` belongs to one caller.
// Progress:  lock-free; a region that two threads map at once is kept once.
// ABA:       regions are pushed and never taken out, so `newest` never has a
//            former value again.
#ifndef RP_CORE_MEMORY_BOOKKEEPING_H
#define RP_CORE_MEMORY_BOOKKEEPING_H

#include <stddef.h>

// `bytes` zeroed bytes at a multiple of 64, or NULL. bytes: at most 127 KiB.
void *rp_bookkeeping_alloc(size_t bytes);
// Gives all regions back. No other thread may be in the allocator.
void rp_bookkeeping_finalize(void);
size_t rp_bookkeeping_mapped(void);
// Tells the observer of every region again.
void rp_bookkeeping_replay(void);

#endif
