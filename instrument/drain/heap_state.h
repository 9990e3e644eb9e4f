// heap_state.h - the state of all heaps, as the events so far have made it.
//
// For a recording that has not been started yet: instead of writing events, the
// drainer applies them here, in the order of time, and writes at the start
// what they have come to, as if all of it had just come about. So nothing that
// is still there is missing from the trace, with its sizes and stacks.
//
// Only the drainer. Beside each span that is in use stand eight bytes for each
// of its blocks.
#ifndef RP_INSTRUMENT_DRAIN_HEAP_STATE_H
#define RP_INSTRUMENT_DRAIN_HEAP_STATE_H

#include "core/hook.h"
#include "instrument/shm/record.h"

enum { RP_SHADOW_POOLS = 20 };

// A table by number that is touched as needed.
struct rp_shadow_table {
    void **pages;
    size_t bytes; // of an entry
};

struct rp_shadow {
    struct rp_layout_info layout;
    const struct rp_class_info *classes;
    struct rp_shadow_table segments, huges, heaps, rings, modules, bookkeeping;
    uint32_t bookkeepings;
    uint32_t heap_limit;          // more than any number of a heap
    void *pools[RP_SHADOW_POOLS]; // unused memory, by the power of its bytes
    uint8_t *chunk;               // from which more is cut
    size_t chunk_left;
    uint64_t applied; // in ticks: no event after it has been applied
    bool broken;      // there was no memory: it is not true any more
};

// layout, classes: of the allocator that is recorded. NULL: no memory.
struct rp_shadow *rp_shadow_make(const struct rp_layout_info *layout,
                                 const struct rp_class_info *classes);
void rp_shadow_free(struct rp_shadow *shadow);

// An event of a ring; the next one in the order of all events.
void rp_shadow_apply(struct rp_shadow *shadow, uint32_t ring,
                     const struct rp_record *record);

// Tells the state as events: first those of ring 0, then those that belong to
// the rings of threads, ring by ring. Their times are not set.
void rp_shadow_tell(const struct rp_shadow *shadow,
                    void (*tell)(void *context, uint32_t ring,
                                 const struct rp_record *record),
                    void *context);

#endif
