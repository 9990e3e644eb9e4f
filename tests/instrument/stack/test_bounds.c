// test_bounds.c - tests instrument/stack/bounds.c.
#include "instrument/stack/bounds.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <sys/mman.h>

enum { PAGE = 4096, PAGES = 4 };

static uint64_t here(void) {
    return (uintptr_t)__builtin_frame_address(0);
}

static uint64_t other_stack(void) {
    void *pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    cr_assert(pages != MAP_FAILED);
    return (uintptr_t)pages;
}

static void *is_found_once(void *argument) {
    struct rp_bounds *bounds = argument;

    rp_bounds_enter(bounds, here());
    return (void *)(uintptr_t)(bounds->bytes > 0 &&
                               rp_bounds_reach(bounds, here() + 8));
}

Test(bounds, a_stack_of_the_thread_is_its_own_up_to_its_end) {
    struct rp_bounds first = {0}, second = {0};
    pthread_t thread;
    void *found;

    pthread_create(&thread, NULL, is_found_once, &second);
    pthread_join(thread, &found);

    cr_assert(found != NULL);
    cr_assert(is_found_once(&first) != NULL);
    cr_assert(first.own_low != second.own_low);
}

Test(bounds, another_stack_is_asked_for_again_each_time) {
    struct rp_bounds bounds = {0};
    uint64_t low = other_stack();

    rp_bounds_enter(&bounds, low + 8);
    bool before = rp_bounds_reach(&bounds, low + PAGES * PAGE);
    munmap((void *)(uintptr_t)(low + PAGE), (PAGES - 1) * PAGE);
    rp_bounds_enter(&bounds, low + 8);

    cr_assert(before);
    cr_assert(rp_bounds_reach(&bounds, low + PAGE));
    cr_assert(not(rp_bounds_reach(&bounds, low + PAGE + 8)));
}

Test(bounds, the_own_stack_is_known_again_after_another_one) {
    struct rp_bounds bounds = {0};

    rp_bounds_enter(&bounds, here());
    uint64_t high = bounds.high;
    rp_bounds_enter(&bounds, other_stack());
    cr_assert(eq(u64, bounds.bytes, 0));
    rp_bounds_enter(&bounds, here());

    cr_assert(eq(u64, bounds.high, high));
    cr_assert(not(rp_bounds_reach(&bounds, high + 8)));
}

Test(bounds, nothing_far_is_looked_for) {
    struct rp_bounds bounds = {0};
    uint64_t low = other_stack();

    rp_bounds_enter(&bounds, low);

    cr_assert(not(rp_bounds_reach(&bounds, low + (UINT64_C(1) << 40))));
    cr_assert(not(rp_bounds_reach(&bounds, UINT64_MAX)));
}
