// span.h - a span on its way through its heap: empty, active, full,
// partial, and empty again.
//
// Only the heap's owner calls these.
#ifndef RP_CORE_HEAP_SPAN_H
#define RP_CORE_HEAP_SPAN_H

#include "core/heap/heap.h"

struct span_run; // span/segment.h

// The header of a run of one span that is to serve a class. NULL: out of
// memory.
struct span *rp_heap_span_header(const struct span_run *run,
                                 unsigned class_index);
// Makes such a run serve the class; it is in no list yet.
void rp_heap_span_start(struct heap *heap, struct span *span,
                        const struct span_run *run, unsigned class_index);
// Makes a span, which is in no list, the active one of its class.
void rp_heap_span_activate(struct heap *heap, struct span *span);
// The next blocks of the active span, counted as used; NULL: it has none.
struct block *rp_heap_span_list(struct span *span);
// The span, in no list, has no free block.
void rp_heap_span_full(struct heap *heap, struct span *span);
// Blocks have come back into the span's list, or a free has brought its `used`
// down to its mark: it moves to where it belongs.
void rp_heap_span_settle(struct heap *heap, struct span *span);
// The span, in no list, is empty: it leaves the heap.
void rp_heap_span_give(struct heap *heap, struct span *span);

// The owner's free into a span that is full, or has interior pointers. Of a
// medium one the caller counts it (medium_back).
void rp_heap_span_free(struct heap *heap, struct span *span,
                       struct block *block);
// The owner's free of a list of blocks, each into the span it is of.
void rp_heap_span_free_list(struct heap *heap, struct block *list);

#endif
