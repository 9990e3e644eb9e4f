// test_foreign.c - blocks that threads free which do not own them.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"
#include "core/span/span.h"
#include "core/thread/thread.h"
#include "tests/core/blocks.h"
#include "tests/core/threads.h"

#include <string.h>
#include <sys/mman.h>

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

struct frees {
    size_t count;
    int has_heap; // then
};

static void free_and_look(void *context) {
    struct frees *frees = context;

    for (size_t i = 0; i < frees->count; ++i)
        rpfree(blocks[i]);
    frees->has_heap = rpmalloc_is_thread_initialized();
}

Test(foreign, a_thread_that_frees_much_gets_a_heap_to_gather_it_in) {
    struct frees few = {FREES_WITHOUT_HEAP, 0}, many = {BLOCKS, 0};

    blocks_allocate(NULL);
    thread_run(free_and_look, &few);
    cr_assert(zero(int, few.has_heap));
    for (size_t i = FREES_WITHOUT_HEAP; i < BLOCKS; ++i)
        rpfree(blocks[i]);
    blocks_allocate(NULL);
    thread_run(free_and_look, &many);
    cr_assert(eq(int, many.has_heap, 1));

    // At its end all of it is on its way.
    rpmalloc_thread_collect();
    cr_assert(zero(sz, thread_now().in_use));
    cr_assert(zero(sz, thread_now().spans));
}

static void reset_and_free(void *context) {
    rpfree(rpmalloc(1));
    rpmalloc_thread_reset();
    free_and_look(context);
}

Test(foreign, a_thread_that_has_given_its_heap_up_gets_none_for_frees) {
    struct frees many = {BLOCKS, 0};
    blocks_allocate(NULL);

    thread_run(reset_and_free, &many);

    cr_assert(zero(int, many.has_heap));
    rpmalloc_thread_collect();
    cr_assert(zero(sz, thread_now().spans));
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

// ---- the owner does not come by ----

// 38 MiB, of which 16 may wait.
enum { LARGER = 2000 };

static pthread_barrier_t together;

static void *own_and_wait(void *argument) {
    for (size_t i = 0; i < BLOCKS; ++i)
        blocks[i] = memset(rpmalloc(LARGER), 1, LARGER);
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    // Whole blocks again, where they were.
    rpmalloc_thread_collect();
    if (thread_now().spans != 0)
        return NULL;
    blocks_allocate(NULL);
    for (size_t i = 0; i < BLOCKS; ++i)
        if (!block_fits(blocks[i], BLOCK_SIZE, 16))
            return NULL;
    blocks_free(NULL);
    return argument;
}

static size_t resident(const void *block) {
    unsigned char is_there[SPAN_BYTES / 4096] = {0};
    void *span = span_of(block);

    cr_assert(zero(int, mincore(span, SPAN_BYTES, is_there)));
    size_t pages = 0;
    for (size_t i = 0; i < sizeof is_there; ++i)
        pages += is_there[i] & 1;
    return pages;
}

Test(foreign, spans_that_a_sleeping_owner_does_not_know_to_be_empty_go_back) {
    pthread_t owner;
    void *whole;
    pthread_barrier_init(&together, NULL, 2);
    pthread_create(&owner, NULL, own_and_wait, &together);
    pthread_barrier_wait(&together);
    char *late = blocks[BLOCKS * 3 / 4];
    size_t before = resident(late);

    blocks_free(NULL);
    rpmalloc_thread_collect();

    cr_assert(eq(sz, before, 16));
    cr_assert(eq(sz, resident(late), 1), "that of the header");
    pthread_barrier_wait(&together);
    pthread_join(owner, &whole);
    cr_assert(ne(ptr, whole, NULL));
}

enum { FEW = 8000, TIMES = 3 };

static void *own_and_come_late(void *argument) {
    for (int round = 0; round < TIMES; ++round) {
        for (size_t i = 0; i < FEW; ++i)
            blocks[i] = memset(rpmalloc(LARGER), 1, LARGER);
        pthread_barrier_wait(&together);
        pthread_barrier_wait(&together);
    }
    return argument;
}

Test(foreign, the_memory_of_an_owner_that_comes_late_but_comes_stays) {
    size_t left[TIMES];
    pthread_t owner;
    pthread_barrier_init(&together, NULL, 2);
    pthread_create(&owner, NULL, own_and_come_late, NULL);

    for (int round = 0; round < TIMES; ++round) {
        pthread_barrier_wait(&together);
        char *late = blocks[FEW * 3 / 4];
        for (size_t i = 0; i < FEW; ++i)
            rpfree(blocks[i]);
        rpmalloc_thread_collect();
        left[round] = resident(late);
        pthread_barrier_wait(&together);
    }

    pthread_join(owner, NULL);
    cr_assert(eq(sz, left[0], 1), "it may not come at all");
    cr_assert(eq(sz, left[1], 16));
    cr_assert(eq(sz, left[2], 16));
}

static void *free_in_thread(void *argument) {
    pthread_barrier_wait(&together);
    blocks_free(NULL);
    return argument;
}

static void *alternate(void *argument) {
    pthread_barrier_wait(&together);
    for (int i = 0; i < 200; ++i)
        rpmalloc_thread_collect();
    return argument;
}

Test(foreign, an_owner_may_come_by_while_its_spans_leave) {
    // The owner of the blocks collects again and again while others free.
    pthread_barrier_init(&together, NULL, 2);
    for (int round = 0; round < 20; ++round) {
        pthread_t freer;
        blocks_allocate(NULL);
        pthread_create(&freer, NULL, free_in_thread, NULL);
        alternate(NULL);
        pthread_join(freer, NULL);
        rpmalloc_thread_collect();
        cr_assert(zero(sz, thread_now().in_use));
        cr_assert(zero(sz, thread_now().spans));
    }
}
