// heap_state_parts.h - what shadow.h is made of: for shadow.c, which keeps it,
// and shadow_tell.c, which tells it.
#ifndef RP_INSTRUMENT_DRAIN_HEAP_STATE_PARTS_H
#define RP_INSTRUMENT_DRAIN_HEAP_STATE_PARTS_H

#include "instrument/drain/heap_state.h"

enum { RP_SHADOW_PAGE = 1024, RP_SHADOW_PAGES = 1 << 16 };

struct shadow_block {
    uint32_t stack; // the recorder's number
    uint32_t size : 31, live : 1;
};

struct shadow_span {
    uint32_t heap;
    uint32_t run;      // in a heap: how many spans it has
    uint32_t capacity; // blocks; 0: it is in no heap, or inside a run
    uint32_t live, deferred;
    uint8_t class_index;
    uint8_t state; // enum rp_span_state
    uint8_t place; // enum rp_place, when it is in no heap
    bool in_heap;
    uint64_t gone;               // decommitted, by sixty-fourths of the span
    struct shadow_block *blocks; // NULL: a large or huge one, told by
    uint64_t size;
    uint32_t stack;
};

// A segment, or the memory of a huge block, which counts as one span.
struct shadow_segment {
    struct shadow_span *spans;
    uint64_t address, bytes, first_span;
    uint32_t count; // spans; 0: it is not mapped
};

struct shadow_heap {
    bool exists;
    uint32_t ring; // whose thread has it; 0: none
};

struct shadow_ring {
    uint32_t thread; // 0: none was told
    uint32_t text;
    bool ended;
};

struct shadow_memory {
    uint64_t address, bytes;
};

// NULL: nothing was ever there.
void *rp_shadow_at(const struct rp_shadow_table *table, uint32_t number);

#endif
