// header.h - where the header of a run, or of a huge block, stands.
//
// In front of the blocks, at the start of the span, when they leave room there:
// then a block finds it by a mask. Blocks that fill pages exactly do not; their
// header stands apart, in bookkeeping, and is found by the page map (span.h:
// span_of). It stays with its address: what comes to be there later has it
// again.
//
// Invariant: at the start of a run that somebody has, the page map has the
//            header that stands apart, or none. Elsewhere in a segment that of
//            a former run may stand, until the memory goes.
// Progress:  lock-free, as bookkeeping.h is.
// ABA:       a header has the user that its address has.
#ifndef RP_CORE_SPAN_HEADER_H
#define RP_CORE_SPAN_HEADER_H

#include "core/memory/page_map.h"
#include "core/span/span.h"

// The header of a run that the caller has, as yet of anything; its `memory` is
// set. memory: the run's.
struct span *rp_header_in_front(char *memory);
// The same of a run, or a huge block, at a multiple of 64 KiB. NULL: out of
// memory.
struct span *rp_header_apart(char *memory);

// For who cannot go back when there is no memory: takes what a header apart may
// need, makes one of it, and gives the rest back for the next one.
struct header_parts {
    struct page_map_nodes nodes;
    struct span *header;
};
int rp_header_prepare(struct header_parts *parts); // 0: out of memory
struct span *rp_header_apart_of(struct header_parts *parts, char *memory);
void rp_header_done(const struct header_parts *parts);

// Forgets all. No other thread may be in the allocator.
void rp_header_reset(void);

#endif
