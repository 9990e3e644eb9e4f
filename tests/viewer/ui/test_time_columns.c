// test_time_columns.c - a column of an axis of time keeps the least and the
// most of what it stands for.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/ui/time_columns.h"

enum { STEPS = 1000, COLUMNS = 37 };

static struct timeline_point points[STEPS];
static struct answer answer = {
    .points = points, .point_count = STEPS, .duration_ns = STEPS * 10};
static struct time_column columns[TIME_COLUMNS_MOST];

static void fill(void) {
    for (uint64_t i = 0; i < STEPS; i++)
        points[i] = (struct timeline_point){.time_ns = (i + 1) * 10,
                                            .held_max = 1000 + i,
                                            .held_min = 900 + i,
                                            .used_max = 500,
                                            .used_min = 500,
                                            .allocations = 10};
}

TestSuite(time_columns, .init = fill);

Test(time_columns, a_peak_of_one_step_is_seen_at_any_width) {
    points[517].held_max = 9999;
    points[600].held_min = 1;
    for (int count = 1; count <= 900; count += 31) {
        uint64_t most = 0, least = UINT64_MAX;
        time_columns(&answer, 0, answer.duration_ns, columns, count);
        for (int i = 0; i < count; i++) {
            cr_assert(columns[i].known);
            most = columns[i].held_max > most ? columns[i].held_max : most;
            least = columns[i].held_min < least ? columns[i].held_min : least;
        }
        cr_expect(eq(u64, most, 9999));
        cr_expect(eq(u64, least, 1));
    }
}

Test(time_columns, allocations_are_counted_once) {
    double sum = 0;
    time_columns(&answer, 0, answer.duration_ns, columns, COLUMNS);
    for (int i = 0; i < COLUMNS; i++)
        sum += columns[i].allocations;

    cr_expect(sum > STEPS * 10 - 1e-6 && sum < STEPS * 10 + 1e-6, "%f", sum);
}

Test(time_columns, a_part_that_was_read_again_is_shown_with_its_own_steps) {
    static struct timeline_point part[2] = {
        {.time_ns = 5005, .held_max = 7, .held_min = 7},
        {.time_ns = 5010, .held_max = 8, .held_min = 8}};
    struct answer zoomed = answer;
    zoomed.part_points = part;
    zoomed.part_count = 2;
    zoomed.part_from_ns = 5000;
    zoomed.part_to_ns = 5010;

    time_columns(&zoomed, 5000, 5010, columns, 4);
    cr_expect(eq(u64, columns[0].held_max, 7));
    cr_expect(eq(u64, columns[3].held_max, 8));
    time_columns(&zoomed, 4000, 6000, columns, 4); // wider: not the part
    cr_expect(gt(u64, columns[0].held_max, 1000));
}

Test(time_columns, an_instant_has_the_column_whose_middle_leads_back) {
    struct shown shown = {.answer = &answer, .from_ns = 2000, .to_ns = 6000};
    for (int i = 0; i < COLUMNS; i++)
        cr_expect(eq(
            int,
            time_column_at(&shown, time_of_column(&shown, i, COLUMNS), COLUMNS),
            i));
    cr_expect(eq(int, time_column_at(&shown, 1999, COLUMNS), -1));
    cr_expect(eq(int, time_column_at(&shown, 6001, COLUMNS), -1));
    cr_expect(eq(int, time_column_at(&shown, 6000, COLUMNS), COLUMNS - 1));
}
