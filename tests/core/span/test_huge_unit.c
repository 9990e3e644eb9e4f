// test_huge_unit.c - which parts of segments are huge, and when they stop.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/memory.h"
#include "core/span/huge_unit.h"
#include "core/span/segment.h"
#include "tests/core/embedder.h"
#include "tests/core/mapping.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

static struct span_run runs[SEGMENT_SPANS];

// Takes spans one by one, and writes to all their pages.
static void take_all(struct span_run *taken, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        cr_assert(rp_segment_take(&rp_segment_grown, 1, &taken[i]));
        memset((void *)taken[i].memory, 1, SPAN_BYTES);
    }
}

static void give(const struct span_run *run) {
    rp_segment_give(run->slot, run->number, run->count);
}

static int is_advised(const struct span_run *run) {
    if (!mapping_says("/proc/self/smaps", run->memory, "VmFlags:"))
        cr_skip_test("the system does not tell");
    return mapping_says("/proc/self/smaps", run->memory, " hg");
}

static int is_huge(const struct span_run *run) {
    return rp_huge_unit_has(run->number);
}

Test(huge_unit, a_segment_for_grown_heaps_is_of_whole_units) {
    take_all(runs, 1);

    cr_assert(zero(ulong, (uintptr_t)runs[0].memory % UNIT_BYTES));
    cr_assert(is_huge(&runs[0]));
    cr_assert(is_advised(&runs[0]));
    cr_assert(eq(sz, rp_memory_mapped(), UNIT_BYTES));
}

Test(huge_unit, a_long_run_leaves_whole_units) {
    struct span_run run;

    cr_assert(rp_segment_take(&rp_segment_grown, UNIT_SPANS + 3, &run));

    cr_assert(eq(sz, rp_memory_mapped(), 2 * (size_t)UNIT_BYTES));
    cr_assert(zero(ulong, (uintptr_t)run.memory % UNIT_BYTES));
}

Test(huge_unit, segments_for_all_have_none) {
    struct span_run run;

    for (int i = 0; i < 100; ++i) {
        cr_assert(rp_segment_take(&rp_segment_shared, SEGMENT_MAX_RUN, &run));
        cr_assert(not(is_huge(&run)));
        cr_assert(not(is_advised(&run)));
    }
}

Test(huge_unit, memory_of_an_embedder_has_none) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(0);
    rp_memory_configure(&config);

    cr_assert(eq(int, rp_huge_unit_use(), HUGE_UNIT_NEVER));
}

Test(huge_unit, what_is_dirty_serves_before_a_new_segment) {
    struct span_run run;
    take_all(runs, 3);
    give(&runs[1]);

    cr_assert(rp_segment_take(&rp_segment_shared, 1, &run));

    cr_assert(eq(uint, run.number, runs[1].number));
    cr_assert(eq(sz, rp_segment_count(), 1));
}

Test(huge_unit, what_no_one_has_used_serves_grown_heaps_alone) {
    struct span_run run;
    take_all(runs, 3);

    cr_assert(rp_segment_take(&rp_segment_shared, 1, &run));

    cr_assert(ne(uint, run.slot, runs[0].slot));
}

// ---- purges ----

// So many spans of a unit are free, and the rest is not.
static void free_of_a_unit(uint32_t count) {
    take_all(runs, UNIT_SPANS);
    for (uint32_t i = 0; i < count; ++i)
        give(&runs[i]);
}

Test(huge_unit, little_does_not_take_one_to_pieces) {
    free_of_a_unit(UNIT_LEAST_SPANS - 1);

    rp_segment_purge(1, 0);

    cr_assert(eq(sz, rp_segment_dirty_bytes(),
                 (UNIT_LEAST_SPANS - 1) * (size_t)SPAN_BYTES));
    cr_assert(is_huge(&runs[0]));
    cr_assert(is_advised(&runs[0]));
}

Test(huge_unit, a_quarter_takes_one_to_pieces) {
    free_of_a_unit(UNIT_LEAST_SPANS);

    rp_segment_purge(1, 0);

    cr_assert(zero(sz, rp_segment_dirty_bytes()));
    cr_assert(not(is_huge(&runs[0])));
    cr_assert(not(is_advised(&runs[0])));
    cr_assert(le(sz, mapping_kib(runs[0].memory, "Rss"),
                 (size_t)(UNIT_SPANS - UNIT_LEAST_SPANS) * SPAN_BYTES >> 10));
}

Test(huge_unit, who_gives_all_back_takes_any_to_pieces) {
    free_of_a_unit(1);

    rp_segment_purge(0, 0);

    cr_assert(zero(sz, rp_segment_dirty_bytes()));
    cr_assert(not(is_huge(&runs[0])));
}

Test(huge_unit, of_one_in_pieces_any_span_goes) {
    free_of_a_unit(UNIT_LEAST_SPANS);
    rp_segment_purge(1, 0);
    give(&runs[UNIT_LEAST_SPANS]);

    rp_segment_purge(1, 0);

    cr_assert(zero(sz, rp_segment_dirty_bytes()));
}

Test(huge_unit, what_was_never_used_goes_with_the_rest_untold) {
    take_all(runs, UNIT_LEAST_SPANS);
    size_t unused = rp_segment_free_bytes();
    give(&runs[0]);

    rp_segment_purge(1, 0);

    cr_assert(eq(sz, rp_segment_free_bytes(), unused + SPAN_BYTES));
    cr_assert(le(sz, mapping_kib(runs[1].memory, "Rss"),
                 (size_t)UNIT_LEAST_SPANS * SPAN_BYTES >> 10));
    take_all(runs, 1);
    cr_assert(eq(uint, runs[0].slot, runs[1].slot));
}

// Two units in one segment, since a whole segment is unmapped: a run that has
// all of the lower and the first span of the upper, and the rest.
static struct span_run take_two_units(void) {
    struct span_run longer;

    cr_assert(rp_segment_take(&rp_segment_grown, UNIT_SPANS + 1, &longer));
    take_all(runs, UNIT_SPANS - 1);
    return longer;
}

Test(huge_unit, one_that_is_free_as_a_whole_stays_huge) {
    struct span_run longer = take_two_units();

    give(&longer);
    rp_segment_purge(1, 0);

    cr_assert(is_huge(&longer));
    cr_assert(is_huge(&runs[0]));
    cr_assert(eq(sz, rp_segment_dirty_bytes(), SPAN_BYTES));
}

Test(huge_unit, one_in_pieces_is_whole_when_all_of_it_was_free) {
    struct span_run longer = take_two_units();
    struct span_run lower;
    give(&longer);
    rp_segment_purge(0, 0);
    cr_assert(not(is_huge(&runs[0])));

    cr_assert(rp_segment_take(&rp_segment_grown, 1, &lower));
    for (uint32_t i = 0; i < UNIT_SPANS - 1; ++i)
        give(&runs[i]);
    rp_segment_purge(1, 0);

    cr_assert(eq(uint, lower.slot, runs[0].slot));
    cr_assert(is_huge(&runs[0]));
    cr_assert(is_advised(&runs[0]));
}

// ---- races ----

static void take_and_give(int index, void *context) {
    struct span_run mine[20];

    (void)context;
    for (int i = 0; i < 300; ++i) {
        take_all(mine, 20);
        for (int k = 0; k < 20; ++k)
            give(&mine[k]);
        if (i % 5 == index)
            rp_segment_purge(i % 2, 0);
    }
}

Test(huge_unit, all_is_given_back_after_threads_raced) {
    threads_run(4, take_and_give, NULL);

    rp_segment_purge(0, 0);

    cr_assert(zero(sz, rp_segment_count()));
    for (unsigned u = 0; u < SEGMENT_UNITS; ++u)
        cr_assert(
            zero(ulong, load_relaxed(&rp_segment_table_group(0)->units[u])));
}
