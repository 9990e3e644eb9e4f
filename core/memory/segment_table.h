// segment_table.h - the table of slots, one a segment or huge block.
//
// Slots come in groups of 64. Groups are never freed, so a thread that looks
// at a slot while its segment is unmapped sees no free span and goes on. Two
// words a group say which slots are taken, and which may have free spans.
//
// Invariant: a slot's bit in `taken` is set by the thread that takes it and
//            cleared by the one that gives it back. A segment with a bit in
//            `free` has its bit in `has_free`, or a thread is about to set it.
// Progress:  lock-free. Groups are added by CAS on a directory (directory.h);
//            who finds another there adds its group at the next place.
// ABA:       a bit of `taken` gives the slot, whatever it was meanwhile, and
//            the count only grows.
#ifndef RP_CORE_MEMORY_SEGMENT_TABLE_H
#define RP_CORE_MEMORY_SEGMENT_TABLE_H

#include "core/base/atomic.h"
#include "core/memory/span_size.h"
#include "core/os/check.h"

#include <stddef.h>
#include <stdint.h>

enum { GROUP_SLOTS = 64, SEGMENT_UNITS = 2 };

struct segment {
    _Alignas(64) _Atomic(uint64_t) free;
    _Atomic(uint64_t) dirty;       // of these: have been used since mapped
    _Atomic(uint64_t) decommitted; // of these: have no memory now
    _Atomic(uint64_t) all;         // every span; 0: a huge block
    // Written by who took the slot, before `free` is published; then constant.
    _Atomic(char *) first_span; // a huge block; NULL: there is none yet
    void *memory;
    size_t bytes;
    uint32_t slot;
    _Atomic(uint32_t) owner; // whose spans: span/segment.h
};
static_assert(sizeof(struct segment) == 64, "a line a segment");

struct segment_group {
    _Alignas(64) _Atomic(uint64_t) taken;
    _Atomic(uint64_t) has_free;
    _Atomic(uint64_t) units[SEGMENT_UNITS]; // huge ones: span/huge_unit.h
    struct segment segments[GROUP_SLOTS];
};

// Groups 0 .. count - 1 exist.
uint32_t rp_segment_table_groups(void);
struct segment_group *rp_segment_table_group(uint32_t group);

// The slot of that number, which must exist.
static inline struct segment *segment_table_slot(uint32_t slot) {
    return &rp_segment_table_group(slot / GROUP_SLOTS)
                ->segments[slot % GROUP_SLOTS];
}

// relaxed: for who has a span of it, and so acquired the bits; a guess for
// others.
static inline char *segment_first(const struct segment *segment) {
    return load_relaxed(&segment->first_span);
}

// Takes a slot, with all words 0; NULL: out of memory.
struct segment *rp_segment_table_take(void);
void rp_segment_table_give(struct segment *segment);

// Calls visit for each slot that is taken.
void rp_segment_table_each(void (*visit)(struct segment *segment,
                                         void *context),
                           void *context);

// Forgets every group but the first. No other thread may be in the allocator.
void rp_segment_table_reset(void);

#endif
