// test_sampler.c - tests instrument/stack/sampler.c.
#include "instrument/stack/sampler.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>

enum { MEAN = 10000, TIMES = 400000 };

Test(sampler, draws_distances_of_the_exponential_distribution) {
    // By the inverse of the distribution: u = (random + 1) / 2^64.
    for (unsigned i = 1; i < 1000; i++) {
        double u = i / 1000.0;
        uint64_t random = (uint64_t)(u * 18446744073709551616.0);
        double expected = -MEAN * log(u);
        double got = (double)rp_sampler_distance(random, MEAN);
        cr_assert(le(dbl, fabs(got - expected), 1.0), "%u: %f %f", i, got,
                  expected);
    }
    cr_assert(eq(u64, rp_sampler_distance(UINT64_MAX, MEAN), 0));
    cr_assert(eq(u64, rp_sampler_distance(0, 1 << 20), 46516319)); // 64 ln 2
}

// Draws TIMES allocations of `bytes`; how many of them were taken.
static double taken(uint64_t bytes) {
    struct rp_sampler sampler = {.random = 88172645463325252u + bytes};
    unsigned count = 0;

    sampler.left = (int64_t)rp_sampler_distance(sampler.random, MEAN);
    for (unsigned i = 0; i < TIMES; i++)
        count += rp_sampler_take(&sampler, MEAN, bytes);
    return count;
}

Test(sampler, takes_allocations_with_the_chance_that_is_told) {
    static const uint64_t sizes[] = {16, 100, 1000, 10000, 30000};

    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        double chance = 1 - exp(-(double)sizes[i] / MEAN);
        double expected = TIMES * chance;
        double spread = sqrt(TIMES * chance * (1 - chance));
        double got = taken(sizes[i]);
        cr_assert(le(dbl, fabs(got - expected), 5 * spread + 1),
                  "%u bytes: %f, expected %f", (unsigned)sizes[i], got,
                  expected);
    }
}

Test(sampler, estimates_the_bytes_without_bias) {
    static const uint64_t sizes[] = {48, 4000, 200, 70000, 16};
    struct rp_sampler sampler = {0};
    double estimate = 0, all = 0;

    for (unsigned i = 0; i < TIMES; i++) {
        double bytes = (double)sizes[i % 5];
        all += bytes;
        if (rp_sampler_take(&sampler, MEAN, sizes[i % 5]))
            estimate += bytes / (1 - exp(-bytes / MEAN));
    }

    cr_assert(le(dbl, fabs(estimate / all - 1), 0.02), "%f", estimate / all);
}

Test(sampler, takes_no_empty_allocation) {
    cr_assert(eq(dbl, taken(0), 0));
}
