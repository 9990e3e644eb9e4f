// test_budget.c - what all heaps together keep for themselves.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/budget.h"
#include "core/heap/cache.h"
#include "core/rpmalloc.h"
#include "tests/core/blocks.h"
#include "tests/core/threads.h"

enum { SLEEPERS = 60, LARGE = 100000, LIVE = 40 };

Test(budget, is_taken_until_it_is_used_up_and_given_back) {
    rp_budget_most = 10;

    cr_assert(rp_budget_take(7));
    cr_assert(not(rp_budget_take(4)));
    cr_assert(rp_budget_take(3));
    rp_budget_give(5);
    cr_assert(rp_budget_take(5));
    cr_assert(not(rp_budget_take(1)));
}

Test(budget, is_whole_again_after_finalize) {
    rpfree(rpmalloc(100));
    cr_assert(rp_budget_take(BUDGET_SPANS));

    rpmalloc_finalize();

    cr_assert(rp_budget_take(BUDGET_SPANS));
}

Test(budget, of_which_lists_have_half_is_tight_then) {
    rp_budget_most = 10;

    cr_assert(rp_budget_take(4));
    cr_assert(not(rp_budget_is_tight()));
    cr_assert(rp_budget_take_for_list());
    cr_assert(rp_budget_is_tight());
    cr_assert(not(rp_budget_take_for_list()));
    cr_assert(rp_budget_take(5));
}

Test(budget, when_it_is_tight_a_small_class_begins_with_an_unused_span) {
    static void *mine[SPAN_BYTES / 64 * 3];
    size_t count = sizeof mine / sizeof *mine;
    for (size_t i = 0; i < count; ++i)
        mine[i] = rpmalloc(64);
    unsigned last = rpmalloc_place_of(mine[count - 1]).span;
    for (size_t i = 0; i < count; ++i)
        rpfree(mine[i]);

    cr_assert(lt(uint, rpmalloc_place_of(rpmalloc(128)).span, last));
    rp_budget_most = 0;
    cr_assert(gt(uint, rpmalloc_place_of(rpmalloc(256)).span, last));
    // The class has a span now: the next may be a used one.
    for (int i = 0; i < SPAN_BYTES / 256; ++i)
        mine[i] = rpmalloc(256);
    cr_assert(lt(uint, rpmalloc_place_of(rpmalloc(256)).span, last));
}

static pthread_barrier_t worked;

static void work_and_sleep(int index, void *context) {
    void *mine[LIVE];

    (void)index, (void)context;
    for (int i = 0; i < LIVE; ++i)
        mine[i] = rpmalloc(LARGE);
    for (int i = 0; i < LIVE; ++i)
        rpfree(mine[i]);
    pthread_barrier_wait(&worked);
    if (index == 0)
        *(size_t *)context = global_now().thread_cache;
    pthread_barrier_wait(&worked);
}

Test(budget, many_threads_that_sleep_keep_little) {
    size_t kept = 0;
    pthread_barrier_init(&worked, NULL, SLEEPERS);

    threads_run(SLEEPERS, work_and_sleep, &kept);

    cr_assert(le(sz, kept,
                 (size_t)(BUDGET_SPANS + SLEEPERS * CACHE_LEAST) * SPAN_BYTES));
    cr_assert(ge(sz, kept, (size_t)BUDGET_SPANS * SPAN_BYTES));
}

Test(budget, what_threads_had_is_there_for_the_next) {
    size_t kept = 0;
    pthread_barrier_init(&worked, NULL, SLEEPERS);

    for (int round = 0; round < 3; ++round)
        threads_run(SLEEPERS, work_and_sleep, &kept);

    cr_assert(ge(sz, kept, (size_t)BUDGET_SPANS * SPAN_BYTES));
    cr_assert(rp_budget_take(BUDGET_SPANS));
}
