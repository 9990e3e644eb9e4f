// segment_index.h - which span is at an address, for who asks with any address.
//
// A block finds its span by a mask, or by the page map; but only one that is
// ours. This is a tree of three levels as the page map, with the numbers of all
// spans of all segments. It is kept from the first question on: who never asks
// has no page of it.
//
// Invariant: once it is kept, what stands at an address is the number of the
//            span there, unless memory for nodes was short. Only who maps or
//            unmaps a segment writes there, and the first who asks; what that
//            one finds and has gone meanwhile may be left, and is known by the
//            segment's address.
// Progress:  asking is wait-free, adding lock-free as bookkeeping.h is.
// ABA:       a place for a node is filled once.
#ifndef RP_CORE_SPAN_SEGMENT_INDEX_H
#define RP_CORE_SPAN_SEGMENT_INDEX_H

#include "core/memory/segment_table.h"

#define NO_SPAN UINT32_MAX

// The number of the span at an address that somebody has; or NO_SPAN: there is
// none, or it is not known.
uint32_t rp_segment_index_at(const void *address);

// A segment has been mapped, and is about to be unmapped.
void rp_segment_index_add(const struct segment *segment);
void rp_segment_index_remove(const struct segment *segment);

// Forgets all. No other thread may be in the allocator.
void rp_segment_index_reset(void);

#endif
