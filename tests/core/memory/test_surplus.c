// test_surplus.c - how much empty memory is worth keeping.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/span/size_class.h"
#include "tests/core/embedder.h"

enum {
    MIB = 1 << 20,
    MIB_SPANS = MIB / SPAN_BYTES,
    FLOOR = 2 * MIB,
    WINDOW = 72 * MIB,
    STRETCH = 1 << 14, // blocks
};

static void begin(void) {
    rp_surplus_settings = (struct surplus_settings)SURPLUS_DEFAULTS;
    rp_surplus_reset();
}

TestSuite(surplus, .init = begin);

static void use_embedder(void) {
    struct rpmalloc_config config = embedder_config();

    embedder_reset(0);
    rp_memory_configure(&config);
}

// ---- by what was freed ----

Test(surplus, in_any_case_two_mib_or_a_sixteenth_are_kept) {
    cr_assert(eq(sz, rp_surplus_floor(0), FLOOR));
    cr_assert(eq(sz, rp_surplus_floor(32 * MIB_SPANS), FLOOR));
    cr_assert(eq(sz, rp_surplus_floor(1600 * MIB_SPANS), 100 * MIB));
}

Test(surplus, what_was_freed_is_kept_up_to_a_window) {
    for (size_t freed = 0; freed < WINDOW; freed += MIB) {
        cr_assert(ge(sz, rp_surplus_worth(0), freed));
        rp_surplus_given(MIB_SPANS);
    }
}

Test(surplus, who_frees_more_than_the_window_keeps_soon_nothing) {
    rp_surplus_given(80 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR));
    rp_surplus_given(1000 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR));
}

Test(surplus, the_window_closes_step_by_step) {
    rp_surplus_given(75 * MIB_SPANS);

    cr_assert(lt(sz, rp_surplus_worth(0), FLOOR + WINDOW));
    cr_assert(gt(sz, rp_surplus_worth(0), FLOOR + WINDOW / 4));
}

Test(surplus, who_grows_again_has_the_window_again) {
    rp_surplus_given(300 * MIB_SPANS);

    rp_surplus_taken(75 * MIB_SPANS, 0, 0);

    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR + WINDOW));
}

Test(surplus, a_large_program_has_a_large_window) {
    rp_surplus_given(300 * MIB_SPANS);

    cr_assert(ge(sz, rp_surplus_worth(1000 * MIB_SPANS), 300 * MIB));
}

Test(surplus, an_embedder_has_a_small_window) {
    use_embedder();
    rp_surplus_given(6 * MIB_SPANS);
    cr_assert(ge(sz, rp_surplus_worth(0), 6 * MIB));

    rp_surplus_given(10 * MIB_SPANS);

    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR));
}

Test(surplus, what_is_missed_at_a_turn_makes_the_window_deeper) {
    rp_surplus_purged(10 * MIB, 0);

    rp_surplus_missed(6 * MIB);
    rp_surplus_missed(6 * MIB);

    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR + WINDOW + 10 * MIB));
}

Test(surplus, what_was_learned_at_turns_ends_with_the_next_end) {
    rp_surplus_purged(10 * MIB, 0);
    rp_surplus_missed(10 * MIB);

    rp_surplus_given(300 * MIB_SPANS);
    rp_surplus_purged(300 * MIB, 0);
    rp_surplus_missed(300 * MIB);
    rp_surplus_taken(75 * MIB_SPANS, 0, 0);

    cr_assert(eq(sz, rp_surplus_worth(0), FLOOR + WINDOW));
}

Test(surplus, a_size_that_the_program_set_stands) {
    rp_surplus_settings = (struct surplus_settings){.keep_bytes = MIB};
    rp_surplus_given(60 * MIB_SPANS);

    cr_assert(eq(sz, rp_surplus_worth(800 * MIB_SPANS), MIB));
}

// ---- by work ----

// Work that keeps all the rest of `kept` bytes untouched. Returns what is kept.
static size_t work(size_t kept, size_t stretches) {
    for (size_t i = 0; i < stretches * 16; ++i) {
        size_t keep = rp_surplus_worked(STRETCH / 16, kept, 0);
        rp_surplus_let_go(kept - keep);
        kept = keep;
    }
    return kept;
}

Test(surplus, what_nobody_touches_goes_by_a_bounded_number_of_blocks) {
    cr_assert(eq(sz, work(64 * MIB, 1), 64 * MIB), "it was not there before");
    cr_assert(eq(sz, work(64 * MIB, 1), 32 * MIB + MIB / 2));
    cr_assert(le(sz, work(64 * MIB, 12), MIB));
    cr_assert(le(sz, work(1024 * MIB, 20), MIB));
}

Test(surplus, what_is_touched_stays) {
    work(64 * MIB, 1);

    for (int i = 0; i < 20; ++i) {
        rp_surplus_taken(62 * MIB_SPANS, 2 * MIB, 0);
        cr_assert(ge(sz, work(64 * MIB, 1), 63 * MIB));
    }
}

Test(surplus, who_fills_itself_loses_nothing_on_the_way) {
    size_t kept = 64 * MIB;

    work(kept, 1);
    for (; kept > MIB; kept -= SPAN_BYTES) {
        rp_surplus_taken(1, kept, 0);
        cr_assert(eq(sz, rp_surplus_worked(STRETCH / 2, kept, 0), kept));
    }
}

// A program that works between its turns, and wants all again.
static size_t one_turn_of(size_t all, size_t stretches) {
    size_t kept = work(all, stretches);
    size_t fresh = (all - kept) >> SPAN_SHIFT;

    for (; kept >= MIB; kept -= MIB)
        rp_surplus_taken(MIB_SPANS, 0, kept - MIB);
    rp_surplus_taken(fresh, fresh, 0);
    return fresh;
}

static size_t one_turn(size_t stretches) {
    return one_turn_of(64 * MIB, stretches);
}

Test(surplus, what_is_missed_makes_it_patient_and_for_a_time) {
    cr_assert(gt(sz, one_turn(10), 60 * MIB_SPANS));

    for (int i = 0; i < 5; ++i)
        one_turn(10);
    cr_assert(zero(sz, one_turn(10)));
    work(MIB, 10000);
    cr_assert(gt(sz, one_turn(10), 60 * MIB_SPANS));
}

Test(surplus, a_small_program_makes_it_patient_as_soon) {
    for (int i = 0; i < 6; ++i)
        one_turn_of(4 * MIB, 10);

    cr_assert(zero(sz, one_turn_of(4 * MIB, 10)));
}

Test(surplus, a_small_part_of_what_went_is_no_mistake) {
    rp_surplus_let_go(64 * MIB);

    rp_surplus_missed(7 * MIB);
    cr_assert(eq(sz, rp_surplus_stretch(), STRETCH));
    rp_surplus_missed(MIB);
    cr_assert(eq(sz, rp_surplus_stretch(), 2 * STRETCH));
}

Test(surplus, patience_ends_by_a_bounded_number_of_blocks_too) {
    for (int i = 0; i < 20; ++i)
        one_turn(10);

    cr_assert(le(sz, work(64 * MIB, 10 * 64), MIB));
}
