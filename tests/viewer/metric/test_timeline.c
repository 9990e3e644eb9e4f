// test_timeline.c - a timeline of a recording whose end nobody knows.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "instrument/format/trace_format.h"
#include "viewer/metric/timeline.h"

static struct timeline timeline;
static struct instant now;

static void end(void) {
    timeline_free(&timeline);
}

TestSuite(timeline, .fini = end);

// One allocation at each step of the clock, and as many bytes as steps.
static void run(uint64_t steps) {
    for (uint64_t time = 0; time < steps; time++) {
        if (time >= timeline.end)
            timeline_reach(&timeline, &now, time);
        now.parts[PART_USED] = now.held = (int64_t)time;
        timeline.step.allocations++;
        timeline_see(&timeline, &now);
    }
    timeline_end(&timeline, &now, steps - 1);
}

Test(timeline, steps_are_as_long_as_the_length_told_needs) {
    timeline_start(&timeline, NULL, 10 * TRACE_MAX_POINTS - 1);

    run(10 * TRACE_MAX_POINTS);

    cr_expect(eq(sz, timeline.count, TRACE_MAX_POINTS));
    cr_expect(eq(u64, timeline.length, 10));
    cr_expect(eq(u64, timeline.steps[0].at.time, 10));
    cr_expect(eq(i64, timeline.steps[0].at.parts[PART_USED], 9));
}

Test(timeline, without_a_length_steps_join_until_they_are_few_enough) {
    uint64_t allocations = 0;
    timeline_start(&timeline, NULL, 0);

    run(10 * TRACE_MAX_POINTS);

    cr_expect(eq(u64, timeline.length, 16));
    cr_assert(eq(sz, timeline.count, 640));
    for (size_t i = 0; i < timeline.count; i++) {
        const struct timeline_step *step = &timeline.steps[i];
        cr_expect(eq(i64, step->used_max, (int64_t)(16 * (i + 1) - 1)));
        cr_expect(eq(u64, step->allocations, 16));
        allocations += step->allocations;
    }
    cr_expect(eq(u64, allocations, 10 * TRACE_MAX_POINTS));
}
