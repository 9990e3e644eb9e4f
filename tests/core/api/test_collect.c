// test_collect.c - empty memory goes back when the program asks.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/rpmalloc.h"

#include <pthread.h>

enum { SPAN = 65536, BLOCKS = 2000 };

static pthread_barrier_t together;

static struct rpmalloc_global_statistics now(void) {
    struct rpmalloc_global_statistics all;

    rpmalloc_global_statistics(&all);
    return all;
}

static void fill_and_free(void) {
    static _Thread_local void *blocks[BLOCKS];

    for (int i = 0; i < BLOCKS; ++i)
        blocks[i] = rpmalloc(1000);
    for (int i = 0; i < BLOCKS; ++i)
        rpfree(blocks[i]);
}

static void *keep_and_come_by(void *argument) {
    fill_and_free();
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    // So many of one size that the list of its class runs out.
    for (int i = 0; i < 1000; ++i)
        if (rpmalloc(2000) == NULL)
            return NULL;
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    return argument;
}

Test(collect, all_heaps_give_back_what_they_keep_when_they_come_by) {
    pthread_t thread;
    pthread_barrier_init(&together, NULL, 2);
    cr_assert(zero(int, pthread_create(&thread, NULL, keep_and_come_by, NULL)));
    pthread_barrier_wait(&together);
    fill_and_free();
    size_t both = now().thread_cache;

    rpmalloc_collect_all();

    cr_assert(ge(sz, both, 40 * SPAN));
    cr_assert(le(sz, now().thread_cache, both / 2)); // the other sleeps
    pthread_barrier_wait(&together);
    pthread_barrier_wait(&together);
    cr_assert(le(sz, now().thread_cache, SPAN));
    cr_assert(le(sz, now().global_cache, SPAN));
    pthread_barrier_wait(&together);
    pthread_join(thread, NULL);
}

Test(collect, a_heap_that_is_made_later_has_heard_it) {
    rpmalloc_collect_all();

    fill_and_free();
    size_t kept = now().thread_cache;
    rpfree(rpmalloc(16000));

    cr_assert(ge(sz, kept, 20 * SPAN));
    cr_assert(ge(sz, now().thread_cache, kept - 2 * SPAN));
}
