// test_worst.c - which moment is the worst, and when it is the usual one.
#include "viewer/answer/worst.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MIB (INT64_C(1) << 20)

enum { STEPS = 100 };

static struct timeline_step steps[STEPS];
static struct timeline timeline = {.steps = steps, .count = STEPS, .length = 1};

static void set(int first, int end, int64_t used, int64_t held) {
    for (int i = first; i < end; i++) {
        steps[i].at = (struct instant){.held = held, .event = (uint64_t)i};
        steps[i].at.parts[PART_USED] = used;
        steps[i].at.time = (uint64_t)i + 1;
    }
}

static uint64_t worst(void) {
    return worst_step(&timeline, STEPS)->at.event;
}

static enum answer_at usual(void) {
    return worst_usual(&timeline, &steps[STEPS - 1].at, STEPS);
}

Test(worst, is_much_for_long_and_not_most_for_a_moment) {
    set(0, 100, 10 * MIB, 11 * MIB);
    set(10, 11, 10 * MIB, 100 * MIB);
    set(40, 80, 10 * MIB, 40 * MIB);

    cr_expect(eq(u64, worst(), 79));
}

Test(worst, is_no_short_peak_in_a_long_range) {
    set(0, 100, 10 * MIB, 11 * MIB);
    set(40, 80, 10 * MIB, 40 * MIB);
    set(60, 62, 10 * MIB, 90 * MIB);

    cr_expect(eq(u64, worst(), 79));
    cr_expect(eq(i64, worst_step(&timeline, STEPS)->at.held, 40 * MIB));
}

Test(worst, is_what_is_shown_when_destructors_have_run_by_the_end) {
    set(0, 20, 20 * MIB, 21 * MIB);
    set(20, 95, 1 * MIB, 30 * MIB);
    set(95, 100, 0, 2 * MIB);

    cr_expect(usual() == AT_WORST);
    cr_expect(eq(u64, worst(), 94));
}

// All is freed, but it is held still: what held it is known before only.
Test(worst, is_what_is_shown_when_nothing_is_used_by_the_end) {
    set(0, 95, 2 * MIB, 30 * MIB);
    set(95, 100, 0, 30 * MIB);

    cr_expect(usual() == AT_WORST);
}

Test(worst, is_the_end_of_a_program_that_has_torn_down_nothing) {
    set(0, 20, 20 * MIB, 21 * MIB);
    set(20, 100, 1 * MIB, 30 * MIB);

    cr_expect(usual() == AT_END);
}

Test(worst, is_not_shown_when_it_is_nothing_to_speak_of) {
    set(0, 95, 1 * MIB, 2 * MIB);
    set(95, 100, 0, MIB / 2);
    cr_expect(usual() == AT_END);

    set(0, 95, 100 * MIB, 110 * MIB);
    set(95, 100, 0, MIB / 2);
    cr_expect(usual() == AT_END);
}

// A program that waits has no events.
Test(worst, is_the_end_when_that_lasts) {
    set(0, 60, 20 * MIB, 30 * MIB);
    set(60, 99, 20 * MIB, 21 * MIB);
    set(99, 100, 1 * MIB, 21 * MIB);
    cr_expect(eq(u64, worst_step(&timeline, STEPS)->at.event, 59));

    cr_expect(eq(u64, worst_step(&timeline, 2 * STEPS)->at.event, 99));
}

Test(worst, of_nothing_is_the_end) {
    struct timeline none = {.steps = steps};
    cr_expect(worst_step(&none, 0) == NULL);
    cr_expect(worst_usual(&none, &steps[0].at, 0) == AT_END);
}

// A thread that was stopped between the mapping and the block in it.
Test(worst, is_not_while_memory_is_taken_for_a_block) {
    set(0, 100, 1 * MIB, 2 * MIB);
    set(30, 60, 1 * MIB, 65 * MIB);
    for (int i = 30; i < 60; i++)
        steps[i].at.under_way = 64 * MIB;
    set(60, 95, 65 * MIB, 65 * MIB);
    set(95, 100, 0, 0);

    cr_expect(usual() == AT_END);
    cr_expect(eq(i64, worst_step(&timeline, STEPS)->at.held, 2 * MIB));
}
