// test_segment.c - runs of spans out of segments, and back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#include "core/memory/bookkeeping.h"
#include "core/memory/memory.h"
#include "core/memory/segment_table.h"
#include "core/span/segment.h"
#include "tests/core/embedder.h"
#include "tests/core/random.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

enum { RUNS = 300, THREADS = 4, STEPS = 1500 };

static void use_embedder(size_t offset) {
    struct rpmalloc_config config = embedder_config();

    embedder_reset(offset);
    rp_memory_configure(&config);
}

static struct span_run take(uint32_t count) {
    struct span_run run;

    cr_assert(rp_segment_take(&rp_segment_shared, count, &run));
    return run;
}

static void give(const struct span_run *run) {
    rp_segment_give(run->slot, run->number, run->count);
}

Test(segment, a_clean_span_is_none_that_was_used) {
    struct span_run used = take(1), clean;
    give(&used);

    cr_assert(rp_segment_take_clean(&rp_segment_shared, &clean));
    cr_assert(eq(int, (int)clean.from, RP_PLACE_SEGMENT));
    cr_assert(ne(uint, clean.number, used.number));
    // While any is left, or there is memory for more.
    for (int i = 0; i < RUNS; ++i) {
        cr_assert(rp_segment_take_clean(&rp_segment_shared, &clean));
        cr_assert(ne(uint, clean.number, used.number));
    }
    cr_assert(eq(uint, take(1).number, used.number));
}

Test(segment, without_memory_a_used_span_is_clean_enough) {
    use_embedder(16);
    struct span_run used = take(1), run;
    embedder.fail_at = load_relaxed(&embedder.calls);
    embedder.fail_count = SIZE_MAX;
    while (rp_segment_take(&rp_segment_shared, 1, &run))
        continue;
    give(&used);

    cr_assert(rp_segment_take_clean(&rp_segment_shared, &run));
    cr_assert(eq(uint, run.number, used.number));
}

static size_t offsets[] = {0, 1, 16, 4095};

ParameterizedTestParameters(segment, spans_are_aligned_in_any_memory) {
    return cr_make_param_array(size_t, offsets,
                               sizeof offsets / sizeof offsets[0]);
}

ParameterizedTest(size_t *offset, segment, spans_are_aligned_in_any_memory) {
    use_embedder(*offset);

    for (uint32_t i = 0; i < SEGMENT_MAX_RUN + 9; ++i) {
        struct span_run run = take(1 + i % SEGMENT_MAX_RUN);

        cr_assert(zero(ulong, (uintptr_t)run.memory % SPAN_BYTES));
        cr_assert(eq(uint, run.count, 1 + i % SEGMENT_MAX_RUN));
        // All of it can be written.
        memset((void *)run.memory, 0, (size_t)run.count * SPAN_BYTES);
    }
    rp_segment_finalize();
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}

Test(segment, a_span_has_its_place_in_the_number) {
    for (uint32_t i = 0; i < 200; ++i) {
        struct span_run run = take(1 + i % 7);
        const struct segment *segment = segment_table_slot(run.slot);

        cr_assert(eq(uint, run.number / SEGMENT_SPANS, run.slot));
        cr_assert(eq(ptr, segment_span(segment, run.number % SEGMENT_SPANS),
                     run.memory));
    }
}

Test(segment, fresh_memory_of_the_system_is_zero) {
    struct span_run run = take(3);

    cr_assert(run.is_zero);
    cr_assert(eq(int, run.from, RP_PLACE_SEGMENT));
    cr_assert(zero(
        int, memcmp(run.memory, (char *)run.memory + 1, 3 * SPAN_BYTES - 1)));
}

Test(segment, memory_of_an_embedder_is_never_said_to_be_zero) {
    use_embedder(0);

    struct span_run run = take(1);

    cr_assert(not(run.is_zero));
}

Test(segment, what_was_given_is_taken_again_first) {
    struct span_run first = take(1);
    take(1);
    give(&first);

    struct span_run again = take(1);

    cr_assert(eq(uint, again.number, first.number));
    cr_assert(eq(int, again.from, RP_PLACE_GLOBAL_CACHE));
    cr_assert(not(again.is_zero));
}

Test(segment, neighbours_that_were_given_serve_a_longer_run) {
    struct span_run runs[3];
    for (int i = 0; i < 3; ++i)
        runs[i] = take(1);
    for (int i = 0; i < 3; ++i)
        give(&runs[i]);
    size_t count = rp_segment_count();

    struct span_run run = take(3);

    cr_assert(eq(uint, run.number, runs[0].number));
    cr_assert(eq(sz, rp_segment_count(), count));
}

Test(segment, the_longest_run_is_to_be_had) {
    struct span_run run = take(SEGMENT_MAX_RUN);

    cr_assert(
        le(uint, run.number % SEGMENT_SPANS + SEGMENT_MAX_RUN, SEGMENT_SPANS));
}

// Of each of which nothing is left over, but what alignment costs.
static uint32_t run_lengths[] = {2, 3, 5, 9, 16, 17, 32, 33, 47};

ParameterizedTestParameters(segment, segments_hold_whole_runs) {
    return cr_make_param_array(uint32_t, run_lengths,
                               sizeof run_lengths / sizeof run_lengths[0]);
}

ParameterizedTest(uint32_t *count, segment, segments_hold_whole_runs) {
    size_t spans = 0;
    use_embedder(16);

    while (spans < 3200) {
        take(*count);
        spans += *count;
    }

    cr_assert(
        le(sz, load_relaxed(&embedder.asked), (spans * SPAN_BYTES) / 20 * 21));
    rp_segment_finalize();
    cr_assert(zero(sz, load_relaxed(&embedder.mistakes)));
}

Test(segment, there_is_no_limit_of_segments) {
    static struct span_run runs[RUNS];

    for (int i = 0; i < RUNS; ++i)
        runs[i] = take(SEGMENT_MAX_RUN);
    cr_assert(gt(sz, rp_segment_count(), GROUP_SLOTS));
    for (int i = 0; i < RUNS; ++i)
        give(&runs[i]);
    rp_segment_purge(0, 0);

    cr_assert(zero(sz, rp_segment_count()));
    cr_assert(eq(sz, rp_memory_mapped(), rp_bookkeeping_mapped()));
}

Test(segment, a_purge_gives_back_free_segments_and_keeps_used_ones) {
    use_embedder(32);
    static struct span_run runs[RUNS];
    for (int i = 0; i < RUNS; ++i)
        runs[i] = take(1);
    size_t before = load_relaxed(&embedder.live);

    for (int i = 1; i < RUNS; ++i)
        give(&runs[i]);
    rp_segment_purge(0, 0);

    cr_assert(eq(sz, rp_segment_count(), 1));
    cr_assert(lt(sz, load_relaxed(&embedder.live), before));
    memset((void *)runs[0].memory, 0, SPAN_BYTES);
    give(&runs[0]);
    rp_segment_purge(0, 0);
    cr_assert(zero(sz, load_relaxed(&embedder.live)));
}

Test(segment, a_purge_gives_pages_back_to_the_system) {
    struct span_run kept = take(1);
    struct span_run run = take(2);
    memset((void *)run.memory, 0xff, 2 * SPAN_BYTES);
    give(&run);

    rp_segment_purge(0, 0);

    cr_assert(zero(sz, rp_segment_dirty_bytes()));
    struct span_run again = take(2);
    cr_assert(eq(uint, again.number, run.number));
    cr_assert(again.is_zero);
    cr_assert(zero(int, memcmp(again.memory, (char *)again.memory + 1,
                               2 * SPAN_BYTES - 1)));
    give(&kept);
}

Test(segment, a_purge_keeps_as_much_as_it_is_told) {
    static struct span_run runs[RUNS];
    for (int i = 0; i < RUNS; ++i)
        runs[i] = take(4);
    for (int i = 0; i < RUNS; ++i)
        give(&runs[i]);
    size_t keep = rp_segment_dirty_bytes() / 2;

    rp_segment_purge(keep, 0);

    cr_assert(le(sz, rp_segment_dirty_bytes(), keep));
    cr_assert(gt(sz, rp_segment_dirty_bytes(), 0));
}

Test(segment, spans_are_taken_dirty_or_free_and_the_numbers_say_so) {
    struct span_run runs[10];
    for (int i = 0; i < 10; ++i)
        runs[i] = take(2);
    size_t free = rp_segment_free_bytes();

    give(&runs[3]);

    cr_assert(eq(sz, rp_segment_dirty_bytes(), 2 * SPAN_BYTES));
    cr_assert(eq(sz, rp_segment_free_bytes(), free));
    cr_assert(eq(sz,
                 rp_memory_mapped() - rp_segment_free_bytes() -
                     rp_segment_dirty_bytes(),
                 (size_t)18 * SPAN_BYTES));
}

Test(segment, without_memory_there_is_no_run) {
    struct span_run run;
    use_embedder(0);
    embedder.fail_count = SIZE_MAX;

    cr_assert(zero(int, rp_segment_take(&rp_segment_shared, 1, &run)));
    cr_assert(zero(sz, rp_segment_count()));
}

Test(segment, a_smaller_segment_will_do_when_there_is_little_memory) {
    // The first call, for more spans, fails; a later one, for fewer, does not.
    struct span_run run;
    use_embedder(0);
    embedder.fail_count = 1;

    cr_assert(rp_segment_take(&rp_segment_shared, 1, &run));
}

// ---- segments of a heap's own ----

Test(segment, spans_of_two_sets_never_lie_in_one_segment) {
    struct segment_set mine = {.owner = 7};
    struct segment_set other = {.owner = 8};
    struct segment_set *sets[] = {&rp_segment_shared, &mine, &other};
    uint32_t owners[] = {0, 7, 8};

    for (uint32_t i = 0; i < 600; ++i) {
        struct span_run run;
        cr_assert(rp_segment_take(sets[i % 3], 1 + i % 5, &run));
        const struct segment *segment = segment_table_slot(run.slot);
        cr_assert(eq(uint, load_relaxed(&segment->owner), owners[i % 3]));
    }
}

Test(segment, a_set_that_is_shared_serves_all) {
    struct segment_set mine = {.owner = 7};
    struct span_run run;
    cr_assert(rp_segment_take(&mine, 1, &run));
    give(&run);
    size_t count = rp_segment_count();

    rp_segment_share(&mine);

    cr_assert(eq(uint, take(1).number, run.number));
    cr_assert(eq(sz, rp_segment_count(), count));
}

// ---- races ----

// A word in every span tells whose it is.
static _Atomic(int) mistakes;

static void mark(const struct span_run *run, uintptr_t owner) {
    for (uint32_t i = 0; i < run->count; ++i)
        *(uintptr_t *)((char *)run->memory + (size_t)i * SPAN_BYTES) = owner;
}

static void check(const struct span_run *run, uintptr_t owner) {
    for (uint32_t i = 0; i < run->count; ++i)
        if (*(uintptr_t *)((char *)run->memory + (size_t)i * SPAN_BYTES) !=
            owner)
            add_relaxed(&mistakes, 1);
}

static void take_and_give(int index, void *context) {
    enum { HELD = 40 };
    struct span_run held[HELD] = {{0}};
    uint64_t random = (uint64_t)index + 1;

    (void)context;
    for (int i = 0; i < STEPS; ++i) {
        struct span_run *run = &held[random_below(&random, HELD)];
        uintptr_t owner = (uintptr_t)run + (uintptr_t)index;
        if (run->count != 0) {
            check(run, owner);
            give(run);
            run->count = 0;
        } else if (rp_segment_take(
                       &rp_segment_shared,
                       1 + (uint32_t)random_below(&random, SEGMENT_MAX_RUN),
                       run)) {
            mark(run, owner);
        }
        if (i % 50 == 0)
            rp_segment_purge(0, 0);
    }
    for (int i = 0; i < HELD; ++i)
        if (held[i].count != 0)
            give(&held[i]);
}

Test(segment, threads_never_have_the_same_span) {
    threads_run(THREADS, take_and_give, NULL);

    cr_assert(zero(int, load_relaxed(&mistakes)));
}

Test(segment, all_is_given_back_after_threads_raced) {
    use_embedder(100);

    threads_run(THREADS, take_and_give, NULL);
    rp_segment_purge(0, 0);

    cr_assert(zero(int, load_relaxed(&mistakes)));
    cr_assert(zero(sz, rp_segment_count()));
    cr_assert(eq(sz, load_relaxed(&embedder.live), rp_bookkeeping_mapped()));
}
