// test_clock.c - tests instrument/os/clock.h.
#include "instrument/os/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(clock, never_goes_back_on_one_thread) {
    rp_clock_start();
    uint64_t last = rp_clock_now();

    for (int i = 0; i < 1000000; i++) {
        uint64_t now = i % 2 ? rp_clock_now_ordered() : rp_clock_now();
        cr_assert(now >= last);
        last = now;
    }
}

Test(clock, moves_as_long_as_the_slow_one_does) {
    rp_clock_start();
    uint64_t before = rp_clock_now(), begin = rp_clock_monotonic();

    while (rp_clock_monotonic() - begin < 1000000)
        continue;
    uint64_t after = rp_clock_now();

    cr_assert(after > before);
}

Test(clock, is_nanoseconds_where_the_counter_is_of_no_use) {
    rp_clock_counts = false;

    uint64_t before = rp_clock_monotonic();
    uint64_t now = rp_clock_now();
    uint64_t after = rp_clock_monotonic();

    cr_assert(before <= now);
    cr_assert(now <= after);
}

Test(clock, knows_the_year) {
    uint64_t year_2020 = UINT64_C(1577836800) * 1000000000u;

    cr_assert(rp_clock_wall() > year_2020);
}
