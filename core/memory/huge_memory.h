// huge_memory.h - the memory of huge blocks: in use, and kept for the next one.
//
// A huge block has memory of its own, described by a slot. When it is freed the
// memory may be kept, as surplus.h sees fit, for a later block (huge_kept.h).
//
// Progress:  wait-free.
#ifndef RP_CORE_MEMORY_HUGE_MEMORY_H
#define RP_CORE_MEMORY_HUGE_MEMORY_H

#include "core/memory/segment_table.h"

// A slot whose `memory` has `bytes` bytes, which may come from kept memory,
// then `bytes` is up to a quarter more; *is_new: whether they do not. bytes: a
// multiple of a page, of a span where memory is divisible (memory.h).
// may_be_kept: 0 when the memory must be new. NULL: out of memory. Tells the
// observer of kept memory only.
struct segment *rp_huge_memory_take(size_t bytes, int may_be_kept, int *is_new);

// Makes the memory of a slot in use `bytes` long, maybe at another place, with
// what it holds; its block has no header in the page map then. 0: it cannot be,
// and all is as it was.
int rp_huge_memory_resize(struct segment *slot, size_t bytes);

// No block is there any more. Keeps the memory while at most `most` bytes are
// kept then; returns 0 when it was given back instead. Gives other memory back
// when much more than that is kept.
int rp_huge_memory_give(struct segment *slot, size_t most);

// Gives kept memory back until at most `keep` bytes are left.
void rp_huge_memory_trim(size_t keep);

// Whether memory that was given back instead was soon wanted again, and nothing
// was trimmed since: then it is worth more to keep it. A guess.
int rp_huge_memory_is_missed(void);

// Bytes. Any thread, a moment late.
size_t rp_huge_memory_count(void); // blocks in use
size_t rp_huge_memory_in_use(void);
size_t rp_huge_memory_kept(void);

// Forgets everything. No other thread may be in the allocator.
void rp_huge_memory_reset(void);

#endif
