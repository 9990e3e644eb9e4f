// test_foreign.c - blocks that threads free which do not own them.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "tests/core/blocks.h"
#include "tests/core/threads.h"

// ---- the owner collects ----

Test(foreign, blocks_freed_by_another_thread_come_back) {
    blocks_allocate(NULL);
    size_t mapped = global_now().mapped;

    for (int round = 0; round < 10; ++round) {
        thread_run(blocks_free, NULL);
        blocks_allocate(NULL);
    }

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(foreign, blocks_freed_by_another_thread_are_deferred_until_collected) {
    blocks_allocate(NULL);
    thread_run(blocks_free, NULL);

    cr_assert(zero(sz, thread_now().in_use));
    cr_assert(gt(sz, thread_now().deferred, 0));
    rpmalloc_thread_collect();

    cr_assert(zero(sz, thread_now().deferred));
    cr_assert(zero(sz, thread_now().spans));
}

static void free_every_second(int index, void *context) {
    (void)context;
    for (size_t i = (size_t)index; i < BLOCKS; i += 2)
        rpfree(blocks[i]);
}

Test(foreign, several_threads_may_free_into_the_same_spans) {
    for (int round = 0; round < 20; ++round) {
        blocks_allocate(NULL);
        threads_run(2, free_every_second, NULL);
        rpmalloc_thread_collect();

        cr_assert(zero(sz, thread_now().in_use));
        cr_assert(zero(sz, thread_now().spans));
    }
}

static void free_aligned(void *context) {
    for (size_t i = 0; i < 1000; ++i)
        rpfree(((void **)context)[i]);
}

Test(foreign, interior_pointers_may_be_freed_by_another_thread) {
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < 1000; ++i)
            blocks[i] = rpaligned_alloc((size_t)512 << i % 5, i);
        thread_run(free_aligned, blocks);
        rpmalloc_thread_collect();

        cr_assert(zero(sz, thread_now().spans));
    }
}

// ---- nobody has the heap ----

Test(foreign, blocks_of_an_ended_thread_stay_whole) {
    thread_run(blocks_allocate, NULL);
    unsigned wrong = 0;

    for (size_t i = 0; i < BLOCKS; ++i)
        wrong += ((char *)blocks[i])[0] != 1 ||
                 ((char *)blocks[i])[BLOCK_SIZE - 1] != 1;

    cr_assert(zero(uint, wrong));
    blocks_free(NULL);
}

Test(foreign, what_is_freed_into_an_idle_heap_is_given_back_by_who_frees_it) {
    thread_run(blocks_allocate, NULL);
    size_t mapped = global_now().mapped;

    blocks_free(NULL);
    rpmalloc_thread_collect();

    // A span or two of that heap may stay, kept for its next thread.
    cr_assert(gt(sz, mapped, 4 * MEBIBYTE));
    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

Test(foreign, what_is_freed_by_a_thread_without_a_heap_is_given_back_too) {
    blocks_allocate(NULL);
    rpmalloc_thread_reset();

    blocks_free(NULL);
    rpmalloc_thread_collect();

    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

Test(foreign, blocks_freed_into_the_heap_that_was_reset_are_not_lost) {
    blocks_allocate(NULL);
    rpmalloc_thread_reset();
    blocks_free(NULL);

    rpmalloc_thread_initialize();
    rpmalloc_thread_collect();

    cr_assert(zero(sz, thread_now().in_use));
    cr_assert(zero(sz, thread_now().spans));
}
