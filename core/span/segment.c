// segment.c - taking and giving runs of spans.
#include "core/span/segment.h"

#include "core/base/bits.h"
#include "core/memory/huge_kept.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/os/check.h"
#include "core/span/huge_unit.h"
#include "core/span/segment_index.h"

enum {
    FIRST_SEGMENT_SPANS = 4, // little is asked for at first
    SEGMENT_PART = 8,        // and then this part of what there is
};

struct segment_settings rp_segment_settings = SEGMENT_DEFAULTS;

// Statistics, and the measure for the purge. Relaxed everywhere: they order
// nothing and may be a moment late.
static _Atomic(size_t) spans_mapped;
static _Atomic(size_t) spans_taken;
static _Atomic(size_t) spans_dirty;
static _Atomic(size_t) segments_mapped;

struct segment_set rp_segment_shared;
struct segment_set rp_segment_grown = {.owner = GROWN_OWNER};

size_t rp_segment_surplus(void) {
    return rp_segment_dirty_bytes() + rp_huge_memory_kept();
}

static struct segment_group *group_of(const struct segment *segment) {
    return rp_segment_table_group(segment->slot / GROUP_SLOTS);
}

static uint64_t slot_bit(const struct segment *segment) {
    return UINT64_C(1) << segment->slot % GROUP_SLOTS;
}

static void hint_set(struct segment *segment) {
    // release [has_free]: the bits in `free`.
    or_acq_rel(&group_of(segment)->has_free, slot_bit(segment));
}

// The segment looked full. Who gives a span sets `free` first and the hint
// after; so either our AND came first and the hint is set again, or we acquire
// that thread's bit in `free` and set the hint ourselves.
static void hint_clear(struct segment *segment) {
    // acquire [has_free]: the bits in `free`.
    and_acq_rel(&group_of(segment)->has_free, ~slot_bit(segment));
    // relaxed: ordered by the acquire above.
    if (load_relaxed(&segment->free) != 0)
        hint_set(segment);
}

// Puts bits back that we have taken.
static void bits_publish(struct segment *segment, uint64_t bits) {
    // release [span]: what we did with the spans, and the slot's fields.
    uint64_t before = or_release(&segment->free, bits);
    CHECK((before & bits) == 0);
    (void)before;
    hint_set(segment);
}

// Calls act for each run in `bits`; returns the bits for which it did.
static uint64_t each_run(struct segment *segment, uint64_t bits,
                         int (*act)(struct segment *segment, unsigned first,
                                    unsigned count)) {
    uint64_t done = 0;

    while (bits != 0) {
        unsigned first = lowest_bit(bits);
        uint64_t rest = bits >> first;
        unsigned count = ~rest == 0 ? 64 - first : lowest_bit(~rest);
        if (act(segment, first, count))
            done |= bit_run(first, count);
        bits &= ~bit_run(first, count);
    }
    return done;
}

static uint32_t span_number(const struct segment *segment, unsigned index) {
    return segment->slot * SEGMENT_SPANS + index;
}

static int run_commit(struct segment *segment, unsigned first, unsigned count) {
    size_t bytes = (size_t)count << SPAN_SHIFT;

    if (rp_memory_commit(segment_span(segment, first), bytes) != 0)
        return 0;
    rp_on_span_commit(span_number(segment, first), 0, bytes);
    return 1;
}

// Which spans of a segment will do: one that has been used, or rather one, or
// none of these.
enum wanted { WANTS_ANY, WANTS_DIRTY, WANTS_CLEAN };

// The bits of a run of `count` spans that we took from `segment`, or 0.
static uint64_t bits_take(struct segment *segment, uint32_t owner,
                          uint32_t count, enum wanted wanted) {
    // relaxed: only a first guess; the CAS below checks it.
    uint64_t free = load_relaxed(&segment->free);

    // relaxed: a guess, looked at again when the spans are ours.
    while (load_relaxed(&segment->owner) == owner) {
        // relaxed: a preference, nothing more.
        uint64_t dirty = load_relaxed(&segment->dirty);
        int at = find_bit_run(free & (wanted == WANTS_CLEAN ? ~dirty : dirty),
                              count);
        if (at < 0 && wanted == WANTS_ANY)
            at = find_bit_run(free, count);
        if (at < 0)
            return 0;
        uint64_t bits = bit_run((unsigned)at, count);
        // acquire [span]: what the former user did, and the slot's fields.
        if (!cas_acq_rel(&segment->free, &free, free & ~bits))
            continue;
        if ((free & ~bits) == 0)
            hint_clear(segment);
        // relaxed: acquired with the bits. The slot may have got another use.
        if (load_relaxed(&segment->owner) == owner)
            return bits;
        bits_publish(segment, bits);
    }
    return 0;
}

// Makes a run that we have taken ready. 0: the system has no memory for it;
// then it is free again.
static int run_describe(struct segment *segment, uint64_t bits,
                        struct span_run *result) {
    unsigned first = lowest_bit(bits);
    // relaxed: these bits are ours, and the acquire of bits_take came before.
    uint64_t gone = load_relaxed(&segment->decommitted) & bits;

    if (gone != 0) {
        uint64_t back = each_run(segment, gone, run_commit);
        and_relaxed(&segment->decommitted, ~back); // relaxed: as above
        if (back != gone) {
            bits_publish(segment, bits);
            return 0;
        }
    }
    // relaxed: as above
    uint64_t dirty = and_relaxed(&segment->dirty, ~bits) & bits;
    add_relaxed(&spans_taken, count_bits(bits));
    sub_relaxed(&spans_dirty, count_bits(dirty));
    rp_surplus_taken(count_bits(bits), count_bits(bits & ~dirty),
                     rp_segment_surplus());
    *result = (struct span_run){
        .memory = segment_span(segment, first),
        .slot = segment->slot,
        .number = span_number(segment, first),
        .count = count_bits(bits),
        .from = dirty != 0 ? RP_PLACE_GLOBAL_CACHE : RP_PLACE_SEGMENT,
        .is_zero = dirty == 0 && rp_memory_is_paged(),
    };
    return 1;
}

static int is_for_all(const struct segment_set *set) {
    return set->owner == 0 || set->owner == GROWN_OWNER;
}

// How many spans the next segment of a set is to have. A set of a heap's own
// doubles, and goes as a whole; those for all stay small while the program is,
// since one block keeps a segment.
static uint32_t next_size(struct segment_set *set) {
    uint32_t growth = load_relaxed(&set->growth); // relaxed: a guess
    // Those that alignment has cost count, too.
    size_t all = load_relaxed(&spans_mapped) + load_relaxed(&segments_mapped);
    size_t part = all / SEGMENT_PART;
    uint32_t spans =
        set->owner == GROWN_OWNER ? UNIT_SPANS : FIRST_SEGMENT_SPANS;

    while (spans * 2 <= rp_segment_settings.most_spans &&
           (is_for_all(set) ? spans * 2 <= part : growth-- > 0))
        spans *= 2;
    return spans;
}

// How many spans to ask for at once, about `most`, for runs of `count`. Whole
// runs fit, and memory from an embedder loses a span by alignment.
static uint32_t fitting_size(const struct segment_set *set, uint32_t most,
                             uint32_t count) {
    uint32_t lead = !rp_memory_is_paged();
    uint32_t runs = most / count;

    if (set->owner == GROWN_OWNER)
        return (uint32_t)round_up(most > count ? most : count, UNIT_SPANS);
    if (count == 1)
        return most > lead ? most : 1 + lead;
    return (runs > 0 ? runs : 1) * count + lead;
}

// At a multiple of what a segment of a set, of so many spans, is to begin.
static size_t alignment_of(const struct segment_set *set, uint32_t spans) {
    return set->owner != 0 && spans >= UNIT_SPANS &&
                   rp_huge_unit_use() != HUGE_UNIT_NEVER
               ? UNIT_BYTES
               : SPAN_BYTES;
}

// A new segment of at least `count` spans, the first `count` of them taken.
static uint64_t segment_map(struct segment_set *set, uint32_t count,
                            struct segment **result) {
    struct segment *segment = rp_segment_table_take();
    uint32_t most = next_size(set);
    uint32_t spans = fitting_size(set, most, count);
    uint32_t fewest = fitting_size(set, 1, count);
    void *memory;

    if (segment == NULL)
        return 0;
    // When there is no memory for many spans, there may be for a few.
    while ((memory = rp_memory_map((size_t)spans << SPAN_SHIFT,
                                   alignment_of(set, spans))) == NULL &&
           spans > fewest)
        spans = fitting_size(set, most /= 2, count);
    if (memory == NULL) {
        rp_segment_table_give(segment);
        return 0;
    }

    size_t lead = round_up((uintptr_t)memory, SPAN_BYTES) - (uintptr_t)memory;
    size_t bytes = (size_t)spans << SPAN_SHIFT;
    uint32_t usable = (uint32_t)((bytes - lead) >> SPAN_SHIFT);
    if (usable > SEGMENT_SPANS)
        usable = SEGMENT_SPANS; // aligned memory that had a span to lose
    uint64_t bits = bit_run(0, count);
    segment->memory = memory;
    segment->bytes = bytes;
    store_relaxed(&segment->first_span,
                  (char *)memory + lead);       // relaxed: as its reading
    store_relaxed(&segment->owner, set->owner); // relaxed: see [span]
    // release [index]: first_span.
    store_release(&segment->all, bit_run(0, usable));
    rp_segment_index_add(segment);
    add_relaxed(&set->growth, 1);
    add_relaxed(&segments_mapped, 1);
    add_relaxed(&spans_mapped, usable);
    rp_on_segment_map(segment->slot, memory, bytes, segment_first(segment),
                      usable);
    if (set->owner != 0)
        rp_huge_unit_advise(segment, bit_run(0, usable));
    if (usable > count)
        bits_publish(segment, bit_run(0, usable) & ~bits);
    *result = segment;
    return bits;
}

void rp_segment_share(struct segment_set *set) {
    for (uint32_t g = rp_segment_table_groups(); g-- > 0;) {
        struct segment_group *group = rp_segment_table_group(g);
        // acquire [slot]: the fields of slots taken before.
        uint64_t taken = load_acquire(&group->taken);
        for (; taken != 0; taken &= taken - 1) {
            struct segment *segment = &group->segments[lowest_bit(taken)];
            uint32_t owner = set->owner;
            // relaxed: who takes a span for another set sees it by and by.
            cas_strong_relaxed(&segment->owner, &owner, 0);
        }
    }
    *set = (struct segment_set){0};
}

// The bits of a run that we took from a segment of an owner, or 0.
static uint64_t seek(uint32_t owner, uint32_t count, enum wanted wanted,
                     struct segment **result) {
    uint32_t groups = rp_segment_table_groups();

    for (uint32_t g = 0; g < groups; ++g) {
        struct segment_group *group = rp_segment_table_group(g);
        // relaxed: a hint; a segment that it misses is found the next time.
        uint64_t hint = load_relaxed(&group->has_free);
        for (; hint != 0; hint &= hint - 1) {
            struct segment *segment = &group->segments[lowest_bit(hint)];
            uint64_t bits = bits_take(segment, owner, count, wanted);
            *result = segment;
            if (bits != 0)
                return bits;
        }
    }
    return 0;
}

int rp_segment_take(struct segment_set *set, uint32_t count,
                    struct span_run *result) {
    struct segment *segment = NULL;
    uint64_t bits = seek(set->owner, count, WANTS_ANY, &segment);

    if (bits == 0 && is_for_all(set))
        bits = seek(GROWN_OWNER - set->owner, count, WANTS_DIRTY, &segment);
    if (bits == 0)
        bits = segment_map(set, count, &segment);
    return bits != 0 && run_describe(segment, bits, result);
}

int rp_segment_take_clean(struct segment_set *set, struct span_run *result) {
    struct segment *segment = NULL;
    uint64_t bits = seek(set->owner, 1, WANTS_CLEAN, &segment);

    if (bits == 0)
        bits = segment_map(set, 1, &segment);
    return bits != 0 ? run_describe(segment, bits, result)
                     : rp_segment_take(set, 1, result);
}

void rp_segment_give(uint32_t slot, uint32_t number, uint32_t count) {
    struct segment *segment = segment_table_slot(slot);
    uint64_t bits = bit_run(number % SEGMENT_SPANS, count);

    or_relaxed(&segment->dirty, bits); // relaxed: published by [span]
    sub_relaxed(&spans_taken, count);
    rp_surplus_given(count);
    add_relaxed(&spans_dirty, count);
    bits_publish(segment, bits);
}

static void segment_unmap(struct segment *segment) {
    uint64_t all = load_relaxed(&segment->all); // relaxed: all of it is ours

    sub_relaxed(&segments_mapped, 1);
    sub_relaxed(&spans_mapped, count_bits(all));
    rp_on_segment_unmap(segment->slot);
    rp_page_map_clear(segment_first(segment), highest_bit(all) + 1);
    rp_huge_unit_forget(segment);
    rp_segment_index_remove(segment);
    // A child that is forked now looks for no headers there.
    store_relaxed(&segment->first_span, NULL); // relaxed: as its reading
    rp_memory_unmap(segment->memory, segment->bytes);
    rp_segment_table_give(segment);
}

static int run_tell_decommit(struct segment *segment, unsigned first,
                             unsigned count) {
    rp_on_span_decommit(span_number(segment, first), 0,
                        (size_t)count << SPAN_SHIFT);
    return 1;
}

// Free spans that we have taken lose their memory. Of those that have never
// been used nothing is told: they had none, but for a huge page's.
static int run_decommit(struct segment *segment, unsigned first,
                        unsigned count) {
    uint64_t bits = bit_run(first, count);

    if (rp_memory_decommit(segment_span(segment, first),
                           (size_t)count << SPAN_SHIFT) != 0)
        return 0; // they stay what they were
    // relaxed, both: these bits are ours.
    bits &= load_relaxed(&segment->dirty);
    or_relaxed(&segment->decommitted, bits);
    each_run(segment, bits, run_tell_decommit);
    return 1;
}

// Takes the dirty free spans of a segment, or all its spans when they are all
// free, and gives their memory back.
static void segment_purge(struct segment *segment, uint32_t heap,
                          unsigned least) {
    // relaxed, all three: guesses; the CAS checks, and `all` is read again.
    uint64_t free = load_relaxed(&segment->free);
    uint64_t dirty = free & load_relaxed(&segment->dirty);
    uint64_t all = load_relaxed(&segment->all);
    uint64_t bits = free;

    if (dirty == 0)
        return;
    if (free != all)
        bits = rp_memory_may_decommit()
                   ? rp_huge_unit_worth(segment, free, dirty, least)
                   : 0;
    // acquire [span]: what the former users did, and the slot's fields.
    if (bits == 0 || !cas_strong_acq_rel(&segment->free, &free, free & ~bits))
        return;

    dirty = load_relaxed(&segment->dirty) & bits; // relaxed: they are ours
    if (bits == load_relaxed(&segment->all)) {    // relaxed: as above
        sub_relaxed(&spans_dirty, count_bits(dirty));
        hint_clear(segment);
        segment_unmap(segment);
        return;
    }
    rp_huge_unit_split(segment, bits);
    for (uint64_t rest = dirty; rest != 0; rest &= rest - 1)
        rp_on_span_transfer(span_number(segment, lowest_bit(rest)), 1, heap,
                            RP_PLACE_GLOBAL_CACHE, RP_PLACE_SEGMENT);
    dirty &= each_run(segment, bits, run_decommit);
    and_relaxed(&segment->dirty, ~dirty); // relaxed: as above
    sub_relaxed(&spans_dirty, count_bits(dirty));
    if (load_relaxed(&segment->owner) != 0) // relaxed: a guess
        rp_huge_unit_advise(segment, bits);
    bits_publish(segment, bits);
}

void rp_segment_purge(size_t keep, uint32_t heap) {
    unsigned least = keep == 0 ? 1 : UNIT_LEAST_SPANS;

    rp_huge_memory_trim(keep);
    // From the top down: rp_segment_take fills from the bottom up.
    for (uint32_t g = rp_segment_table_groups(); g-- > 0;) {
        struct segment_group *group = rp_segment_table_group(g);
        uint64_t hint = load_relaxed(&group->has_free); // relaxed: a hint
        while (hint != 0) {
            unsigned i = highest_bit(hint);
            hint &= ~(UINT64_C(1) << i);
            if (rp_segment_surplus() <= keep)
                return;
            segment_purge(&group->segments[i], heap, least);
        }
    }
}

static void slot_finalize(struct segment *segment, void *context) {
    (void)context;
    if (load_relaxed(&segment->all) != 0) { // relaxed: we are alone
        segment_unmap(segment);
        return;
    }
    if (huge_kept_is(segment))
        rp_on_bookkeeping_unmap(segment->memory, segment->bytes);
    else
        rp_on_huge_unmap(RP_HUGE_BIT | segment->slot);
    rp_memory_unmap(segment->memory, segment->bytes);
    rp_segment_table_give(segment);
}

void rp_segment_finalize(void) {
    rp_segment_table_each(slot_finalize, NULL);
    rp_segment_table_reset();
    rp_segment_index_reset();
    // relaxed, all six: we are alone.
    store_relaxed(&spans_mapped, 0);
    store_relaxed(&spans_taken, 0);
    store_relaxed(&spans_dirty, 0);
    store_relaxed(&segments_mapped, 0);
    store_relaxed(&rp_segment_shared.growth, 0);
    store_relaxed(&rp_segment_grown.growth, 0);
}

size_t rp_segment_dirty_bytes(void) {
    return load_relaxed(&spans_dirty) << SPAN_SHIFT;
}

size_t rp_segment_free_bytes(void) {
    // Read one after the other: never let a difference wrap.
    size_t mapped = load_relaxed(&spans_mapped);
    size_t other = load_relaxed(&spans_taken) + load_relaxed(&spans_dirty);

    return (mapped > other ? mapped - other : 0) << SPAN_SHIFT;
}

size_t rp_segment_count(void) {
    return load_relaxed(&segments_mapped);
}

size_t rp_segment_taken(void) {
    return load_relaxed(&spans_taken);
}

size_t rp_segment_in_use(void) {
    return rp_segment_taken() + (rp_huge_memory_in_use() >> SPAN_SHIFT);
}
