// test_thread.c - threads get heaps and give them back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/base/atomic.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/blocks.h"
#include "tests/core/random.h"
#include "tests/core/threads.h"

#include <stdint.h>

Test(thread, a_thread_gets_its_last_heap_back) {
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

Test(thread, a_thread_gets_its_last_heap_back_also_beside_others) {
    pthread_barrier_init(&barrier, NULL, 2);

    threads_run(2, reset_in_turn, NULL);

    cr_assert(ne(ptr, heaps[0], NULL));
    cr_assert(ne(ptr, heaps[1], NULL));
}

static void note_heap(void *context) {
    rpfree(rpmalloc(100));
    *(struct heap **)context = rp_thread_heap;
}

Test(thread, the_heap_of_an_ended_thread_is_adopted) {
    struct heap *first, *second;

    thread_run(note_heap, &first);
    thread_run(note_heap, &second);

    cr_assert(eq(ptr, first, second));
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

Test(thread, the_heap_of_a_thread_that_ended_keeps_no_empty_span) {
    pthread_barrier_init(&barrier, NULL, 8);
    threads_run(8, use_every_class, NULL);

    cr_assert(zero(sz, global_now().thread_cache));
    // What is left is the global cache, which goes by work (surplus.h), and
    // regions of bookkeeping.
    cr_assert(le(sz,
                 global_now().mapped - global_now().segment_free -
                     global_now().global_cache,
                 MEBIBYTE / 2));
    for (int i = 0; i < 200000; ++i)
        rpfree(rpmalloc(100));
    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, 2 * MEBIBYTE));
}

Test(thread, collect_takes_what_heaps_without_a_thread_keep) {
    pthread_barrier_init(&barrier, NULL, 8);
    threads_run(8, use_every_class_and_reset, NULL);
    cr_assert(
        gt(sz, global_now().mapped - global_now().segment_free, 8 * MEBIBYTE));

    rpmalloc_thread_collect();

    cr_assert(
        le(sz, global_now().mapped - global_now().segment_free, MEBIBYTE));
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

Test(thread, many_short_threads_do_not_grow_memory) {
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

Test(thread, more_threads_than_any_table_has_places_get_a_heap) {
    _Atomic(int) initialized = 0;

    for (int i = 0; i < 3; ++i)
        threads_run(THREADS_MAX, be_initialized, &initialized);

    cr_assert(eq(int, load_relaxed(&initialized), 3 * THREADS_MAX));
}

Test(thread, initialize_and_reset_may_be_called_again) {
    rpmalloc_thread_reset();
    rpmalloc_thread_reset();
    cr_assert(zero(int, rpmalloc_is_thread_initialized()));

    rpmalloc_thread_initialize();
    rpmalloc_thread_initialize();

    cr_assert(eq(int, rpmalloc_is_thread_initialized(), 1));
}
