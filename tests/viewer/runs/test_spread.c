// test_spread.c - noise is told from a difference.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>

#include "viewer/runs/spread.h"

static struct spread of3(double a, double b, double c) {
    return spread_of((double[]){a, b, c}, 3);
}

Test(spread, the_middle_is_that_of_the_sorted_values) {
    struct spread spread = of3(5, 1, 3), even;

    even = spread_of((double[]){8, 2, 4, 6}, 4);

    cr_expect(eq(dbl, spread.least, 1));
    cr_expect(eq(dbl, spread.middle, 3));
    cr_expect(eq(dbl, spread.most, 5));
    cr_expect(eq(dbl, even.middle, 4));
}

Test(spread, of_one_run_each_difference_counts) {
    struct spread one = spread_of((double[]){100}, 1);
    struct spread other = spread_of((double[]){101}, 1);

    cr_expect(spread_differs(&one, &other));
    cr_expect(not(spread_differs(&one, &one)));
}

Test(spread, what_is_within_twice_the_larger_spread_is_noise) {
    struct spread calm = of3(100, 100, 101), wild = of3(95, 100, 105);
    struct spread near = of3(102, 102, 102), far = of3(103, 103, 103);
    struct spread farthest = of3(121, 121, 121);

    cr_expect(not(spread_differs(&calm, &near)));
    cr_expect(spread_differs(&calm, &far));
    cr_expect(not(spread_differs(&wild, &far)));
    cr_expect(spread_differs(&wild, &farthest));
}

// Numbers of mean 0 and deviation 1/3, about normal: sums of twelve. The
// generator is splitmix64.
static double noise(uint64_t *seed) {
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        uint64_t x = *seed += UINT64_C(0x9e3779b97f4a7c15);
        x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
        sum += (double)((x ^ x >> 31) >> 11) * 0x1p-53;
    }
    return (sum - 6) / 3;
}

static struct spread noisy(double middle, uint64_t *seed) {
    double a = noise(seed), b = noise(seed), c = noise(seed);
    return of3(middle + a, middle + b, middle + c);
}

Test(spread, noise_is_passed_once_in_170_comparisons_of_three_runs) {
    enum { PAIRS = 20000 };
    uint64_t seed = 1;
    unsigned passed = 0;

    for (int i = 0; i < PAIRS; i++) {
        struct spread before = noisy(100, &seed), after = noisy(100, &seed);
        passed += spread_differs(&before, &after);
    }

    cr_expect(gt(u32, passed, PAIRS / 340));
    cr_expect(lt(u32, passed, PAIRS / 120));
}

Test(spread, five_per_cent_are_found_in_noise_of_one_half) {
    enum { PAIRS = 1000 };
    uint64_t seed = 2;
    unsigned found = 0;

    for (int i = 0; i < PAIRS; i++) {
        struct spread before = noisy(100, &seed), after = noisy(105, &seed);
        found += spread_differs(&before, &after);
    }

    cr_expect(gt(u32, found, PAIRS * 97 / 100));
}
