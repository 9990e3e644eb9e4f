// surplus.h - how much empty memory is worth keeping.
//
// Empty spans that keep their memory are the global cache. A page given back
// and taken again costs as much as a hundred allocations; a page kept that
// nobody wants is waste. There is no clock and no thread here, so what the
// program does decides:
//
//     worth = a part of what is in use, and what a program that fills and
//             empties itself by turns wants again
//
// The latter is as much as was freed since the program last grew (`fall`), up
// to a window, a small one for memory from an embedder. Who frees more than
// that is not at a turn, but at an end: the more goes beyond, the less of the
// window is kept, and soon nothing of it. Who is at a turn, and wants again
// what was too much for the window, gets a deeper one, until it is at an end.
//
// What is kept and nobody wants goes by the work done meanwhile, counted in
// blocks that were allocated: what was there during a stretch of work without
// being touched (`low`, the least that was kept since) loses half. So a bounded
// number of allocations after the last large free, little is kept. When an
// eighth of the memory that went so has to be taken again, stretches become
// longer, up to 64 times, and shorter again when that does not happen for long.
// Pages of spans that few blocks keep (span/sparse.h) go by the same stretches.
//
// All of it is a guess that any thread may make: relaxed atomics, and a change
// that another thread overwrites is no harm. Wait-free.
#ifndef RP_CORE_MEMORY_SURPLUS_H
#define RP_CORE_MEMORY_SURPLUS_H

#include <stddef.h>

// Written before any other thread uses the allocator.
struct surplus_settings {
    size_t keep_bytes;         // at least
    size_t keep_part;          // of what is in use, 1 / keep_part; 0: nothing
    size_t window_bytes;       // of what was freed last; 0: nothing
    size_t window_of_embedder; // the same for memory that has no pages of ours
};
extern struct surplus_settings rp_surplus_settings;
#define SURPLUS_DEFAULTS                                                       \
    { 2 << 20, 16, 72 << 20, 8 << 20 }

// Spans were given, and lie now in what is kept, or not.
void rp_surplus_given(size_t spans);
// Spans were taken, so many of them new or without memory; `kept` bytes are
// still kept.
void rp_surplus_taken(size_t spans, size_t new_spans, size_t kept);

// How many bytes are worth keeping while `taken` spans are in use; and how many
// of these in any case.
size_t rp_surplus_worth(size_t taken);
size_t rp_surplus_floor(size_t taken);
// What went beyond it has lost its memory: so many bytes.
void rp_surplus_purged(size_t bytes, size_t taken);

// `blocks` blocks were allocated, while `kept` bytes are kept and `taken` spans
// in use. Returns how many of these bytes to keep from now on.
size_t rp_surplus_worked(size_t blocks, size_t kept, size_t taken);

// How many blocks a stretch of work has now.
size_t rp_surplus_stretch(void);
// By work, so many bytes have lost their memory.
void rp_surplus_let_go(size_t bytes);
// So many bytes got new memory: maybe it was let go too early.
void rp_surplus_missed(size_t bytes);

// No other thread may be in the allocator.
void rp_surplus_reset(void);

#endif
