// sparse.h - giving back the pages of spans that few blocks keep.
//
// A partial span whose last few blocks live on keeps 64 KiB. Pages of it on
// which no block lives can go back to the system all the same: their blocks are
// withheld, out of the span's list, until the span is allocated from again and
// the other free blocks have run out.
//
// When: a span passes a mark of occupancy (an eighth, and then a tenth: fewer
// blocks would leave more pages free, but most such spans soon are empty), seen
// without a look in free: `used` counts from `floor` and reaches 0 there. The
// span then waits in a queue of the heap. Pages go one run at a time, at a
// system call each, and while a program frees nobody can tell whether it stops
// short of empty; so the queue moves when blocks are allocated (heap/work.h),
// some of it each time, once a stretch of work has gone by (memory/surplus.h).
// A span that is on its way to empty costs nothing, nor one that is soon
// allocated from, and small heaps never pay.
//
// Invariant: a withheld block is free, and overlaps a page of `released`; no
//            other free block does. A queued span is partial.
// Plain data of the owner; no atomics.
#ifndef RP_CORE_SPAN_SPARSE_H
#define RP_CORE_SPAN_SPARSE_H

#include "core/span/span.h"

enum { SPARSE_PART = 32 }; // of the queue goes at once, or so many at least

struct sparse_queue {
    struct span *oldest;
    struct span *newest;
    uint32_t count;
    uint16_t moves; // so far; never 0 in a span
};

// The mark below `used` at which a partial span is to be looked at; 0: none.
uint32_t rp_sparse_mark(const struct span *span, uint32_t used);

// The span has passed a mark: it waits.
void rp_sparse_enter(struct sparse_queue *queue, struct span *span);
// Moves once more: those that have waited longest, `wait` moves at least, give
// their pages back; those in huge units only if these may be split, else they
// wait again. wait: much less than 65,536.
void rp_sparse_move(struct sparse_queue *queue, uint32_t wait, int splits_huge);
// The span stops being partial.
void rp_sparse_leave(struct sparse_queue *queue, struct span *span);

// Gives the pages of a partial span back at once; returns their bytes.
size_t rp_sparse_release(struct span *span);

// Takes withheld blocks, at least one page of them, as a list; they count as
// used from now on. NULL: none are withheld.
struct block *rp_sparse_restore(struct span *span);
// Takes all pages back of a span that is empty.
void rp_sparse_forget(struct span *span);

// Gives all pages of a span without a block back, but that of a header in
// front; 0: it cannot be. Then the owner, who knows nothing of it, has
// to tell that they are there again.
int rp_sparse_discard(const struct span *span);
void rp_sparse_tell_back(const struct span *span);
// Tells the observer again that they are gone.
void rp_sparse_tell_gone(const struct span *span);

// Tells the observer which pages of the span are gone.
void rp_sparse_replay(const struct span *span);

// Whether a block is withheld.
int rp_sparse_is_withheld(const struct span *span, uint32_t block);

#endif
