// test_free.c - frees that the allocator can tell are wrong, also in release.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/death/death.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>

#define NO_BLOCK                                                               \
    "rpmalloc: free of a pointer into memory where no block lives\n"
#define AGAIN                                                                  \
    "rpmalloc: double free: the block is the one that was freed last\n"
#define UNALIGNED                                                              \
    "rpmalloc: free of a pointer that is no block's: blocks start at "         \
    "multiples of 16\n"
#define NO_HEADER                                                              \
    "rpmalloc: free of a pointer that is no block's: there is no header of "   \
    "ours in front of it\n"

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
    enum { COUNT = 400 }; // several spans of their own
    void *blocks[COUNT];

    for (int i = 0; i < COUNT; ++i)
        blocks[i] = rpmalloc(800);
    void *again = same(blocks[COUNT / 2]);
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

static size_t size; // of the blocks below

static void free_twice(void) {
    void *block = rpmalloc(size);
    void *again = same(block);

    rpfree(block);
    rpfree(again);
}

static const size_t sizes[] = {1, 40, 1024, 1500, 4096, 9000, 32768};

Test(free, a_small_or_medium_block_twice) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size = sizes[i];
        assert_death(free_twice, AGAIN);
    }
}

static void *freed_elsewhere(void *block) {
    void *copy = same(block);

    rpfree(rpmalloc(1)); // the thread has a heap
    rpfree(block);       // begins a chain
    rpfree(copy);
    return NULL;
}

static void free_twice_by_another_thread(void) {
    pthread_t thread;

    if (pthread_create(&thread, NULL, freed_elsewhere, rpmalloc(size)) == 0)
        pthread_join(thread, NULL);
}

Test(free, a_block_twice_by_a_thread_that_has_not_made_it) {
    size = 40;
    assert_death(free_twice_by_another_thread, AGAIN);
}

static size_t off; // of the pointer that is freed

static void free_within(void) {
    char *block = rpmalloc(size);

    rpfree(same(block + off));
}

Test(free, a_pointer_that_is_no_multiple_of_16) {
    size_t offs[] = {1, 4, 8, 15, 17, 24};

    for (size_t i = 0; i < 6; i++)
        for (size_t k = 1; k < sizeof sizes / sizeof *sizes; k++) {
            off = offs[i];
            size = sizes[k];
            assert_death(free_within, UNALIGNED);
        }
}

Test(free, a_pointer_into_a_large_block) {
    size = 300000;
    for (off = 16; off < size; off += 70016)
        assert_death(free_within, NO_HEADER);
}

static void free_global(void) {
    // Where 64 KiB begin, a header would be.
    static char memory[1 << 18];
    char *start = memory + (-(uintptr_t)memory & 0xffff);

    rpfree(rpmalloc(1));
    rpfree(same(start + 4096 + 32));
}

static void free_on_the_stack(void) {
    char memory[1 << 18];
    char *start = memory + (-(uintptr_t)memory & 0xffff);

    start[0] = 1;
    rpfree(same(start + 4096 + 32));
}

Test(free, what_is_not_from_the_heap) {
    assert_death(free_global, NO_HEADER);
    assert_death(free_on_the_stack, NO_HEADER);
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
