// huge_unit.h - parts of segments that the system backs by huge pages.
//
// A unit is as long as a huge page, and starts at a multiple of that: the lower
// or the upper half of the spans that a segment can have. The first touch of
// one brings all of its memory, in place of one fault for each page of 4 KiB,
// and one entry of the TLB reaches all of it. What that costs is memory that
// nobody has asked for yet; so only heaps that have grown take their spans from
// such segments (heap/heap.h).
//
// To give a part of a huge page back, the system takes it to pieces. That is
// done only when enough of it goes: UNIT_LEAST_SPANS at once, or what remains
// after that. A unit of which a part went is huge no more, so that the system
// does not bring back what was given; it is again when all of it was free.
//
// Invariant: a unit's bit in the group's `units` is set while it is advised to
//            be huge. Who has all its spans sets it, anybody clears it.
// Progress:  wait-free. Relaxed: the bits order nothing.
#ifndef RP_CORE_SPAN_HUGE_UNIT_H
#define RP_CORE_SPAN_HUGE_UNIT_H

#include "core/base/bits.h"
#include "core/memory/segment_table.h"

enum {
    UNIT_SPANS = SEGMENT_SPANS / SEGMENT_UNITS,
    UNIT_BYTES = UNIT_SPANS * SPAN_BYTES,
    UNIT_LEAST_SPANS = 8, // that are worth taking one to pieces
};

// Which heaps take spans from huge units.
enum huge_unit_use {
    HUGE_UNIT_DEFAULT, // no wish
    HUGE_UNIT_ALWAYS,
    HUGE_UNIT_NEVER,
    HUGE_UNIT_GROWN, // those that have grown: what the default stands for
};
// By the config, or else by the environment. Written before any other thread
// uses the allocator.
extern enum huge_unit_use rp_huge_unit_configured;
extern enum huge_unit_use rp_huge_unit_wished;

// By these, and by what the system and the segments allow.
enum huge_unit_use rp_huge_unit_use(void);

static inline uint64_t unit_bits(unsigned unit) {
    return bit_run(unit * UNIT_SPANS, UNIT_SPANS);
}

static inline int unit_is_huge(const struct segment *segment, unsigned unit) {
    const struct segment_group *group =
        rp_segment_table_group(segment->slot / GROUP_SLOTS);

    // relaxed: a measure
    return (int)(load_relaxed(&group->units[unit]) >>
                     segment->slot % GROUP_SLOTS &
                 1);
}

// Has the units of a segment backed by huge pages of which all spans are in
// `bits`, which are the caller's, and which are not so yet.
void rp_huge_unit_advise(const struct segment *segment, uint64_t bits);

// Of the free spans of a segment, of which some are `dirty`, those to be given
// back when `least` spans of a huge unit are worth it.
uint64_t rp_huge_unit_worth(const struct segment *segment, uint64_t free,
                            uint64_t dirty, unsigned least);

// Memory of `bits` is about to be given back: huge units of which it is a part
// are taken to pieces.
void rp_huge_unit_split(const struct segment *segment, uint64_t bits);

// Whether the span of that number lies in a huge unit; and takes that to
// pieces, as a part of the span is about to be given back.
int rp_huge_unit_has(uint32_t number);
void rp_huge_unit_split_at(uint32_t number);

// The segment goes.
void rp_huge_unit_forget(const struct segment *segment);

#endif
