// purge.h - when memory without blocks goes back: surplus.h, applied to what
// the global cache and huge blocks keep.
//
// Wait-free but for rp_segment_purge. heap: whose thread does it, for the
// observer.
#ifndef RP_CORE_SPAN_PURGE_H
#define RP_CORE_SPAN_PURGE_H

#include <stddef.h>
#include <stdint.h>

// Not 0: nothing goes but by rp_segment_purge. Written before any other thread
// uses the allocator.
extern int rp_purge_is_forced;

// Memory goes back when there is more than is worth keeping.
void rp_purge_surplus(uint32_t heap);
// The same when there is more than is worth keeping in any case.
void rp_purge_to_floor(uint32_t heap);
// A heap has allocated `blocks` blocks since it last said so: what all that
// work has not needed is given back.
void rp_purge_worked(size_t blocks, uint32_t heap);

// A huge block has got memory that makes up so many spans.
void rp_purge_huge_taken(size_t spans, int is_new);
// How many bytes of huge blocks may be kept beside the global cache, while
// `taken` spans are in use, those of huge blocks included.
size_t rp_purge_room(size_t taken);

// No other thread may be in the allocator.
void rp_purge_reset(void);

#endif
