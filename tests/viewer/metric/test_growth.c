// test_growth.c - does the program use more and more?
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/metric/growth.h"

enum { POINTS = 200 };

static struct timeline_point points[POINTS];

// A timeline of 20 s; `used` says the MiB of each point.
static void draw(uint64_t (*used)(size_t i)) {
    for (size_t i = 0; i < POINTS; i++)
        points[i] = (struct timeline_point){.time_ns = (i + 1) * 100000000,
                                            .used_bytes = used(i) << 20};
}

static uint64_t rising(size_t i) {
    return 10 + i;
}

static uint64_t level(size_t i) {
    return 100 + i % 2;
}

static uint64_t risen(size_t i) {
    return i < POINTS / 2 ? i : POINTS / 2;
}

Test(growth, a_rise_is_found_with_its_slope) {
    struct growth growth;
    draw(rising);

    cr_assert(growth_find(points, POINTS, &growth));

    cr_expect(growth.bytes_per_second > 10.4e6);
    cr_expect(growth.bytes_per_second < 10.6e6); // 10 MiB
    cr_expect(eq(u64, growth.from_bytes, UINT64_C(110) << 20));
    cr_expect(eq(u64, growth.to_bytes, UINT64_C(209) << 20));
}

Test(growth, what_goes_up_and_down_does_not_grow) {
    struct growth growth;
    draw(level);

    cr_expect(not(growth_find(points, POINTS, &growth)));
}

Test(growth, only_the_last_half_counts) {
    struct growth growth;
    draw(risen);

    cr_expect(not(growth_find(points, POINTS, &growth)));
}

Test(growth, a_short_timeline_tells_nothing) {
    struct growth growth;
    draw(rising);

    cr_expect(not(growth_find(points, 100, &growth)));
}
