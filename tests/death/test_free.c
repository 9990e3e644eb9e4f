// test_free.c - frees that the allocator can tell are wrong, also in release.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/death/death.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#define NO_BLOCK                                                               \
    "rpmalloc: free of a pointer into memory where no block lives\n"

// The compiler must not see that it is the same pointer.
static void *same(void *block) {
    void *volatile copy = block;

    return copy;
}

static void assert_death(void (*misuse)(void), const char *message) {
    struct death death = die_of(misuse);

    cr_assert(eq(int, death.signal, SIGABRT));
    cr_assert_str_eq(death.message, message);
}

static void free_large_twice(void) {
    void *block = rpmalloc(100000);
    void *again = same(block);

    rpfree(block);
    rpfree(again);
}

Test(free, a_large_block_twice) {
    assert_death(free_large_twice, NO_BLOCK);
}

static void free_large_twice_without_cache(void) {
    struct rpmalloc_config config = {.thread_cache_bytes = RPMALLOC_NOTHING};

    if (rpmalloc_initialize_config(&config) != 0)
        exit(1);
    free_large_twice();
}

Test(free, a_large_block_twice_when_no_thread_keeps_it) {
    assert_death(free_large_twice_without_cache, NO_BLOCK);
}

static void free_into_an_empty_span(void) {
    enum { COUNT = 400 }; // several spans
    void *blocks[COUNT];

    for (int i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(800);
    void *again = same(blocks[0]);
    for (int i = 0; i < COUNT; ++i)
        rpfree(blocks[i]);
    rpfree(again);
}

Test(free, a_block_whose_span_is_empty_by_now) {
    assert_death(free_into_an_empty_span, NO_BLOCK);
}

static void realloc_after_free(void) {
    void *block = rpmalloc(100000);
    void *again = same(block);

    rpfree(block);
    if (rprealloc(again, 1000000) != NULL)
        exit(1);
}

Test(free, a_large_block_by_realloc_after_it_was_freed) {
    assert_death(realloc_after_free, NO_BLOCK);
}

static void live_well(void) {
    rpfree(rpmalloc(100));
    rpfree(NULL);
}

Test(free, what_is_right_is_no_death) {
    struct death death = die_of(live_well);

    cr_assert(zero(int, death.signal));
    cr_assert_str_eq(death.message, "");
}
