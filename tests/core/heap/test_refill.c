// test_refill.c - the life of spans in a heap, and of heaps without a thread.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/heap.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"
#include "tests/core/threads.h"

#include <stdint.h>
#include <string.h>

enum { BLOCKS = 20000, SIZE = 200, MEBIBYTE = 1 << 20 };

static void *blocks[BLOCKS];

static void allocate_all(void *context) {
    (void)context;
    for (size_t i = 0; i < BLOCKS; ++i) {
        blocks[i] = rpmalloc(SIZE);
        memset(blocks[i], 1, SIZE);
    }
}

static void free_all(void *context) {
    (void)context;
    for (size_t i = 0; i < BLOCKS; ++i)
        rpfree(blocks[i]);
}

static struct rpmalloc_thread_statistics thread_now(void) {
    struct rpmalloc_thread_statistics now;

    rpmalloc_thread_statistics(&now);
    return now;
}

static struct rpmalloc_global_statistics global_now(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_global_statistics(&now);
    return now;
}

// ---- one thread ----

Test(heap, blocks_that_were_freed_serve_again) {
    allocate_all(NULL);
    size_t mapped = global_now().mapped;

    for (int round = 0; round < 10; ++round) {
        free_all(NULL);
        allocate_all(NULL);
    }

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(heap, every_second_free_block_serves_again) {
    allocate_all(NULL);
    size_t spans = thread_now().spans;
    for (size_t i = 0; i < BLOCKS; i += 2)
        rpfree(blocks[i]);

    for (size_t i = 0; i < BLOCKS; i += 2)
        blocks[i] = rpmalloc(SIZE);

    cr_assert(le(sz, thread_now().spans, spans + 1));
}

Test(heap, empty_spans_serve_other_sizes) {
    allocate_all(NULL);
    free_all(NULL);
    size_t mapped = global_now().mapped;

    for (size_t i = 0; i < BLOCKS / 2; ++i)
        blocks[i] = rpmalloc(SIZE * 2 - 16);

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(heap, collect_leaves_almost_nothing_of_what_is_free) {
    allocate_all(NULL);
    free_all(NULL);

    rpmalloc_thread_collect();

    cr_assert(zero(sz, thread_now().spans));
    cr_assert(zero(sz, thread_now().thread_cache));
    cr_assert(zero(sz, global_now().global_cache));
}

Test(heap, collect_keeps_what_is_live) {
    static struct shadow shadow;
    shadow_init(&shadow, 3, 500, 50000);

    for (int i = 0; i < 5000; ++i) {
        shadow_step(&shadow);
        rpmalloc_thread_collect();
    }
    shadow_check(&shadow);

    cr_assert(zero(sz, shadow.mistakes), "%s", shadow.first_mistake);
}

Test(heap, its_lists_counts_and_flags_agree_at_every_moment) {
    static struct shadow shadow;
    shadow_init(&shadow, 4, 2000, 40000);

    for (int i = 0; i < 20000; ++i) {
        shadow_step(&shadow);
        if (i % 100 == 0)
            cr_assert(rp_heap_valid(rp_thread_heap));
        if (i % 3000 == 0)
            rpmalloc_thread_collect();
    }
    shadow_free_all(&shadow);

    cr_assert(rp_heap_valid(rp_thread_heap));
}

// ---- blocks that others free ----

Test(heap, blocks_freed_by_another_thread_come_back) {
    allocate_all(NULL);
    size_t mapped = global_now().mapped;

    for (int round = 0; round < 10; ++round) {
        thread_run(free_all, NULL);
        allocate_all(NULL);
    }

    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

Test(heap, blocks_freed_by_another_thread_are_deferred_until_collected) {
    allocate_all(NULL);
    thread_run(free_all, NULL);

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

Test(heap, several_threads_may_free_into_the_same_spans) {
    for (int round = 0; round < 20; ++round) {
        allocate_all(NULL);
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

Test(heap, interior_pointers_may_be_freed_by_another_thread) {
    for (int round = 0; round < 3; ++round) {
        for (size_t i = 0; i < 1000; ++i)
            blocks[i] = rpaligned_alloc((size_t)512 << i % 5, i);
        thread_run(free_aligned, blocks);
        rpmalloc_thread_collect();

        cr_assert(zero(sz, thread_now().spans));
    }
}

// ---- heaps and threads ----

Test(heap, a_thread_gets_its_last_heap_back) {
    rpmalloc_thread_initialize();
    struct heap *mine = rp_thread_heap;

    for (int i = 0; i < 10; ++i) {
        rpmalloc_thread_reset();
        rpmalloc_thread_initialize();
        cr_assert(eq(ptr, rp_thread_heap, mine));
    }
}

static struct heap *heaps[2];
static pthread_barrier_t barrier;

static void reset_in_turn(int index, void *context) {
    (void)context;
    rpmalloc_thread_initialize();
    heaps[index] = rp_thread_heap;
    pthread_barrier_wait(&barrier);
    // Both are idle now; the stack would give the one the other's heap.
    rpmalloc_thread_reset();
    pthread_barrier_wait(&barrier);
    rpmalloc_thread_initialize();
    if (rp_thread_heap != heaps[index])
        heaps[index] = NULL;
    pthread_barrier_wait(&barrier);
}

Test(heap, a_thread_gets_its_last_heap_back_also_beside_others) {
    pthread_barrier_init(&barrier, NULL, 2);

    threads_run(2, reset_in_turn, NULL);

    cr_assert(ne(ptr, heaps[0], NULL));
    cr_assert(ne(ptr, heaps[1], NULL));
}

static void note_heap(void *context) {
    rpfree(rpmalloc(100));
    *(struct heap **)context = rp_thread_heap;
}

Test(heap, the_heap_of_an_ended_thread_is_adopted) {
    struct heap *first, *second;

    thread_run(note_heap, &first);
    thread_run(note_heap, &second);

    cr_assert(eq(ptr, first, second));
}

Test(heap, blocks_of_an_ended_thread_stay_whole) {
    thread_run(allocate_all, NULL);
    unsigned wrong = 0;

    for (size_t i = 0; i < BLOCKS; ++i)
        wrong +=
            ((char *)blocks[i])[0] != 1 || ((char *)blocks[i])[SIZE - 1] != 1;

    cr_assert(zero(uint, wrong));
    free_all(NULL);
}

Test(heap, what_is_freed_into_an_idle_heap_is_given_back_by_who_frees_it) {
    thread_run(allocate_all, NULL);
    size_t mapped = global_now().mapped;

    free_all(NULL);
    rpmalloc_thread_collect();

    // A span or two of that heap may stay, kept for its next thread.
    cr_assert(gt(sz, mapped, 4 * MEBIBYTE));
    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

Test(heap, what_is_freed_by_a_thread_without_a_heap_is_given_back_too) {
    allocate_all(NULL);
    rpmalloc_thread_reset();

    free_all(NULL);
    rpmalloc_thread_collect();

    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

static void use_every_class(int index, void *context) {
    (void)index, (void)context;
    for (size_t size = 1; size < 32000; size += 1 + size / 16)
        rpfree(rpmalloc(size));
    // Each has a heap of its own: none ends before all have come here.
    pthread_barrier_wait(&barrier);
}

static void use_every_class_and_reset(int index, void *context) {
    use_every_class(index, context);
    rpmalloc_thread_reset();
}

Test(heap, the_heap_of_a_thread_that_ended_keeps_no_empty_span) {
    pthread_barrier_init(&barrier, NULL, 8);
    threads_run(8, use_every_class, NULL);

    cr_assert(zero(sz, global_now().thread_cache));
    // What is left is the global cache.
    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, 3 * MEBIBYTE));
}

Test(heap, collect_takes_what_heaps_without_a_thread_keep) {
    pthread_barrier_init(&barrier, NULL, 8);
    threads_run(8, use_every_class_and_reset, NULL);
    cr_assert(
        gt(sz, global_now().mapped - global_now().segment_free, 8 * MEBIBYTE));

    rpmalloc_thread_collect();

    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
}

Test(heap, blocks_freed_into_the_heap_that_was_reset_are_not_lost) {
    allocate_all(NULL);
    rpmalloc_thread_reset();
    free_all(NULL);

    rpmalloc_thread_initialize();
    rpmalloc_thread_collect();

    cr_assert(zero(sz, thread_now().in_use));
    cr_assert(zero(sz, thread_now().spans));
}

static void live_shortly(void *context) {
    uint64_t *random = context;
    void *some[20];

    for (int i = 0; i < 20; ++i)
        some[i] = rpmalloc(random_size(random, 20000));
    for (int i = 0; i < 20; ++i)
        rpfree(some[i]);
    if (random_below(random, 2) == 0)
        rpmalloc_thread_reset();
}

Test(heap, many_short_threads_do_not_grow_memory) {
    enum { SHORT_THREADS = 10000 };
    uint64_t random = 1;
    for (int i = 0; i < 100; ++i)
        thread_run(live_shortly, &random);
    size_t mapped = global_now().mapped;
    size_t heaps_before = global_now().heaps;

    for (int i = 0; i < SHORT_THREADS; ++i)
        thread_run(live_shortly, &random);

    cr_assert(eq(sz, global_now().heaps, heaps_before));
    cr_assert(le(sz, global_now().mapped, mapped + MEBIBYTE));
}

static void be_initialized(int index, void *context) {
    (void)index;
    rpmalloc_thread_initialize();
    add_relaxed((_Atomic(int) *)context, rpmalloc_is_thread_initialized());
}

Test(heap, more_threads_than_any_table_has_places_get_a_heap) {
    _Atomic(int) initialized = 0;

    for (int i = 0; i < 3; ++i)
        threads_run(THREADS_MAX, be_initialized, &initialized);

    cr_assert(eq(int, load_relaxed(&initialized), 3 * THREADS_MAX));
}

Test(heap, initialize_and_reset_may_be_called_again) {
    rpmalloc_thread_reset();
    rpmalloc_thread_reset();
    cr_assert(zero(int, rpmalloc_is_thread_initialized()));

    rpmalloc_thread_initialize();
    rpmalloc_thread_initialize();

    cr_assert(eq(int, rpmalloc_is_thread_initialized(), 1));
}
