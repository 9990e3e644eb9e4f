// huge_kept.h - memory of huge blocks that waits for the next one.
//
// A few pieces, each described by a slot. Where the system lets parts of
// mappings go (os.h), a piece is cut when a smaller one is asked for, and
// neighbours become one again: so what waits serves blocks of any size without
// a system call.
//
// Invariant: a slot in the table belongs to nobody else; who takes it out, by
//            an exchange, has it alone.
// Progress:  wait-free: a fixed number of exchanges.
// ABA:       none: a place is only ever exchanged, or filled when it is empty,
//            and what is there is looked at only by who took it out.
#ifndef RP_CORE_MEMORY_HUGE_KEPT_H
#define RP_CORE_MEMORY_HUGE_KEPT_H

#include "core/memory/segment_table.h"

// Memory of `bytes` bytes, or a little more; NULL: nothing that would do waits.
struct segment *rp_huge_kept_take(size_t bytes);

// Keeps the memory of a slot, without a block in it, rather than smaller
// pieces, so that at most `most` bytes wait; 0: it does not, and the slot,
// which may have grown by neighbours, is still the caller's.
int rp_huge_kept_give(struct segment *slot, size_t most);

// What is behind the first `bytes` bytes of a slot, which is the caller's,
// waits from now on, where memory is divisible and that is worth it.
void rp_huge_kept_cut(struct segment *slot, size_t bytes);

// Unmaps what waits until at most `keep` bytes are left.
void rp_huge_kept_trim(size_t keep);

// Whether a slot waits, by its mark: a huge block has no spans that could be
// dirty. relaxed, both: who walks all slots is alone, or guesses.
static inline int huge_kept_is(const struct segment *slot) {
    return load_relaxed(&slot->all) == 0 && load_relaxed(&slot->dirty) != 0;
}

// Of a slot that is the caller's. Unmap: gives its memory and the slot back.
// Resize: makes it `bytes` long, maybe at another place, with what it holds,
// where the system can; its block has no header in the page map then. 0: it
// cannot be, and all is as it was.
void rp_huge_kept_unmap(struct segment *slot);
int rp_huge_kept_resize(struct segment *slot, size_t bytes);

// Bytes that wait. Any thread, a moment late.
size_t rp_huge_kept_bytes(void);

// Forgets everything. No other thread may be in the allocator.
void rp_huge_kept_reset(void);

#endif
