// huge_unit.c - fulfils huge_unit.h.
#include "core/span/huge_unit.h"

#include "core/memory/memory.h"
#include "core/os/os.h"

enum huge_unit_use rp_huge_unit_configured;
enum huge_unit_use rp_huge_unit_wished;

enum huge_unit_use rp_huge_unit_use(void) {
    if (!rp_memory_is_paged() || rp_os_huge_page_bytes() != UNIT_BYTES)
        return HUGE_UNIT_NEVER;
    if (rp_huge_unit_configured != HUGE_UNIT_DEFAULT)
        return rp_huge_unit_configured;
    return rp_huge_unit_wished != HUGE_UNIT_DEFAULT ? rp_huge_unit_wished
                                                    : HUGE_UNIT_GROWN;
}

static _Atomic(uint64_t) *word_of(const struct segment *segment,
                                  unsigned unit) {
    return &rp_segment_table_group(segment->slot / GROUP_SLOTS)->units[unit];
}

static uint64_t slot_bit(const struct segment *segment) {
    return UINT64_C(1) << segment->slot % GROUP_SLOTS;
}

static char *unit_start(const struct segment *segment, unsigned unit) {
    return segment_first(segment) + (size_t)unit * UNIT_BYTES;
}

void rp_huge_unit_advise(const struct segment *segment, uint64_t bits) {
    if (((uintptr_t)segment_first(segment) & (UNIT_BYTES - 1)) != 0 ||
        rp_huge_unit_use() == HUGE_UNIT_NEVER)
        return;
    for (unsigned u = 0; u < SEGMENT_UNITS; ++u) {
        if ((unit_bits(u) & ~bits) != 0 || unit_is_huge(segment, u))
            continue;
        rp_os_advise_huge_pages(unit_start(segment, u), UNIT_BYTES);
        or_relaxed(word_of(segment, u), slot_bit(segment)); // relaxed: a bit
    }
}

uint64_t rp_huge_unit_worth(const struct segment *segment, uint64_t free,
                            uint64_t dirty, unsigned least) {
    // relaxed: a guess, as all of it.
    uint64_t backed = free & ~load_relaxed(&segment->decommitted);
    uint64_t worth = 0;

    // What is not dirty may be an embedder's, who was told nothing of it.
    if (rp_huge_unit_use() == HUGE_UNIT_NEVER)
        return dirty;
    for (unsigned u = 0; u < SEGMENT_UNITS; ++u) {
        uint64_t bits = unit_bits(u);
        if ((dirty & bits) == 0)
            continue;
        if ((bits & ~free) == 0)
            worth |= bits; // it stays, or becomes, whole
        else if (!unit_is_huge(segment, u))
            worth |= dirty & bits;
        else if (count_bits(backed & bits) >= least)
            worth |= backed & bits;
    }
    return worth;
}

static void split(const struct segment *segment, unsigned unit) {
    if (!unit_is_huge(segment, unit))
        return;
    and_relaxed(word_of(segment, unit), ~slot_bit(segment)); // relaxed: a bit
    rp_os_refuse_huge_pages(unit_start(segment, unit), UNIT_BYTES);
}

void rp_huge_unit_split(const struct segment *segment, uint64_t bits) {
    for (unsigned u = 0; u < SEGMENT_UNITS; ++u)
        if ((bits & unit_bits(u)) != 0 && (bits & unit_bits(u)) != unit_bits(u))
            split(segment, u);
}

int rp_huge_unit_has(uint32_t number) {
    return unit_is_huge(segment_table_slot(number / SEGMENT_SPANS),
                        number % SEGMENT_SPANS / UNIT_SPANS);
}

void rp_huge_unit_split_at(uint32_t number) {
    split(segment_table_slot(number / SEGMENT_SPANS),
          number % SEGMENT_SPANS / UNIT_SPANS);
}

void rp_huge_unit_forget(const struct segment *segment) {
    for (unsigned u = 0; u < SEGMENT_UNITS; ++u)
        if (unit_is_huge(segment, u))
            // relaxed: a bit
            and_relaxed(word_of(segment, u), ~slot_bit(segment));
}
