// test_clock.c - tests instrument/os/clock.h.
#include "instrument/os/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>

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

// ---- the coarse clock ----

static _Atomic uint64_t word;

static void coarsen(void) {
    rp_clock_start();
    store_relaxed(&word, rp_clock_true()); // relaxed: one thread
    rp_clock_coarsen(&word);
}

Test(clock, a_coarse_one_stands_still_until_somebody_looks) {
    coarsen();
    uint64_t before = rp_clock_now();

    while (rp_clock_true() - before < 1000000)
        continue;
    cr_assert(rp_clock_now() == before);
    uint64_t looked = rp_clock_true();
    uint64_t told = rp_clock_advance(&word);
    cr_assert(told >= looked);
    cr_assert(rp_clock_now() > told);
}

Test(clock, a_take_over_is_after_all_before_it_and_before_all_after_it) {
    coarsen();
    for (int i = 0; i < 1000; i++) {
        uint64_t before = rp_clock_now();
        uint64_t taken = rp_clock_now_ordered();
        uint64_t after = rp_clock_now();
        for (unsigned shift = 0; 8 << shift <= RP_CLOCK_LEAP; shift++) {
            // As the drainer rounds: down, and that one up.
            uint64_t at = (taken >> shift) + 1;
            cr_assert(before >> shift < at);
            cr_assert(at < after >> shift);
        }
    }
}

Test(clock, a_word_that_somebody_has_spoilt_is_not_believed) {
    coarsen();
    store_relaxed(&word, UINT64_MAX / 2 + rp_clock_true()); // relaxed: as above
    uint64_t before = rp_clock_true(), now = rp_clock_advance(&word);

    cr_assert(before <= now && now <= rp_clock_true());
    store_relaxed(&word, 0); // relaxed: as above
    cr_assert(rp_clock_advance(&word) >= now);
}

// What each thread reads before it says so in `said`, whoever sees that
// exceeds.
static _Atomic uint64_t said;
static _Atomic bool is_over;

static void *take_turns(void *wrong) {
    while (!load_relaxed(&is_over)) { // relaxed: one more round is no matter
        uint64_t heard = load_acquire(&said); // acquire [said]: what was read
        uint64_t taken = rp_clock_now_ordered();
        if (taken <= heard)
            store_relaxed((_Atomic bool *)wrong, true); // relaxed: by join
        store_release(&said, rp_clock_now());           // release [said]
    }
    return NULL;
}

Test(clock, of_several_threads_none_is_stamped_before_its_cause) {
    enum { THREADS = 3, LOOKS = 200000 };
    pthread_t threads[THREADS];
    static _Atomic bool wrong;

    coarsen();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, take_turns, &wrong);
    uint64_t last = 0;
    for (int i = 0; i < LOOKS; i++) {
        uint64_t now = rp_clock_advance(&word);
        cr_assert(now > last);
        last = now;
    }
    store_relaxed(&is_over, true); // relaxed: as above
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_not(wrong);
}
