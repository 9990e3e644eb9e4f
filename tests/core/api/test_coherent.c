// test_coherent.c - the faults of coherent-rpmalloc, in whose line this
// allocator stands, one by one: none has come back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/hook.h"
#include "core/memory/segment_table.h"
#include "core/rpmalloc.h"
#include "core/span/segment.h"
#include "tests/core/embedder.h"
#include "tests/core/threads.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { HEAPS = 20000 };

static volatile size_t most = SIZE_MAX; // unknown to the compiler

static struct rpmalloc_global_statistics now(void) {
    struct rpmalloc_global_statistics numbers;

    rpmalloc_global_statistics(&numbers);
    return numbers;
}

// It kept its heaps in a table of 79.
Test(coherent, no_crash_at_the_79th_heap_nor_at_the_20_000th) {
    static struct rpmalloc_heap *heaps[HEAPS];
    static size_t *blocks[HEAPS];

    for (size_t i = 0; i < HEAPS; ++i) {
        heaps[i] = rpmalloc_heap_acquire();
        cr_assert(ne(ptr, (void *)heaps[i], NULL));
        blocks[i] = rpmalloc_heap_alloc(heaps[i], 100);
        *blocks[i] = i;
    }

    cr_assert(ge(sz, now().heaps, HEAPS));
    for (size_t i = 0; i < HEAPS; ++i) {
        cr_assert(eq(sz, *blocks[i], i));
        cr_assert(eq(ptr, (void *)rpmalloc_get_heap_for_ptr(blocks[i]),
                     (void *)heaps[i]));
        rpmalloc_heap_free_all(heaps[i]);
        rpmalloc_heap_release(heaps[i]);
    }
    size_t used = now().heaps;
    cr_assert(ne(ptr, (void *)rpmalloc_heap_acquire(), NULL));
    cr_assert(eq(sz, now().heaps, used), "released heaps serve again");
}

// Its threads spun on locks, and never yielded. Here one thread is held inside
// the embedder, while its heap is made; another maps all that it needs.
static sem_t is_inside, may_go_on;
static _Thread_local int is_to_be_held;

static void *slow_allocate(size_t size) {
    if (is_to_be_held) {
        is_to_be_held = 0;
        sem_post(&is_inside);
        while (sem_wait(&may_go_on) != 0)
            continue;
    }
    return malloc(size);
}

static void *be_held(void *argument) {
    is_to_be_held = 1;
    rpfree(rpmalloc(100));
    rpmalloc_thread_reset();
    return argument;
}

Test(coherent, no_thread_spins_while_another_is_held_inside) {
    struct rpmalloc_config config = {.allocate_memory = slow_allocate,
                                     .deallocate_memory = free};
    pthread_t thread;
    static void *blocks[300];
    sem_init(&is_inside, 0, 0);
    sem_init(&may_go_on, 0, 0);
    cr_assert(zero(int, rpmalloc_initialize_config(&config)));

    pthread_create(&thread, NULL, be_held, NULL);
    while (sem_wait(&is_inside) != 0)
        continue;
    for (size_t i = 0; i < 300; ++i)
        blocks[i] = rpmalloc(i * 1000);
    size_t segments = now().segments;
    rpmalloc_thread_reset();
    rpmalloc_thread_initialize();
    for (size_t i = 0; i < 300; ++i)
        rpfree(blocks[i]);
    rpmalloc_thread_collect();
    sem_post(&may_go_on);
    pthread_join(thread, NULL);

    cr_assert(ge(sz, segments, 2));
}

// It walked along a list of all segments.
#if defined(__x86_64__)
enum { TRAP_FLAG = 256 };

static volatile sig_atomic_t is_counting;
static volatile size_t instructions;

static void on_trap(int signal, siginfo_t *info, void *context) {
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];

    (void)signal, (void)info;
    *flags = is_counting ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
    ++instructions;
}

// To take a span and give it back.
static size_t instructions_for_a_span(void) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
    struct span_run run;

    sigaction(SIGTRAP, &action, NULL);
    instructions = 0;
    is_counting = 1;
    raise(SIGTRAP);
    int good = rp_segment_take(&rp_segment_shared, 1, &run);
    rp_segment_give(run.slot, run.number, 1);
    is_counting = 0;
    raise(SIGTRAP);
    cr_assert(good);
    return instructions;
}

Test(coherent, no_segment_is_searched_one_after_the_other) {
    struct span_run run, last;

    for (int i = 0; i < 200; ++i)
        rp_segment_take(&rp_segment_shared, SEGMENT_MAX_RUN, &run);
    rp_segment_take(&rp_segment_shared, 1, &last);
    rp_segment_give(last.slot, last.number, 1);
    size_t few = now().segments;
    size_t before = instructions_for_a_span();
    for (int i = 0; i < 2000; ++i)
        rp_segment_take(&rp_segment_shared, SEGMENT_MAX_RUN, &run);
    size_t after = instructions_for_a_span();

    // A word stands for 64 segments.
    cr_assert(gt(sz, now().segments, few + 900));
    cr_assert(lt(sz, after, before + (now().segments - few) / 2));
}
#endif

// It computed class -1 for no bytes, and read in front of its table.
Test(coherent, no_bytes_are_of_a_class_and_of_their_own) {
    void *blocks[100];

    for (int i = 0; i < 100; ++i) {
        blocks[i] = rpmalloc(0);
        cr_assert(ne(ptr, blocks[i], NULL));
        for (int other = 0; other < i; ++other)
            cr_assert(ne(ptr, blocks[i], blocks[other]));
    }
    for (int i = 0; i < 100; ++i)
        rpfree(blocks[i]);
}

// It multiplied without a look.
Test(coherent, no_product_of_calloc_overflows) {
    errno = 0;

    cr_assert(zero(ptr, rpcalloc(most / 2 + 2, 2)));

    cr_assert(eq(int, errno, ENOMEM));
}

// It used what the embedder returned without a look.
Test(coherent, no_null_of_the_embedder_is_written_to) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(0);
    embedder.fail_count = SIZE_MAX / 2;
    size_t sizes[] = {1, 1000, 30000, 40000, 1000000, 10000000};
    rpmalloc_initialize_config(&config);

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        errno = 0;
        cr_assert(zero(ptr, rpmalloc(sizes[i])));
        cr_assert(eq(int, errno, ENOMEM));
    }

    cr_assert(gt(sz, load_relaxed(&embedder.failures), 0));
}

// It linked an aligned block into the list at its interior address.
Test(coherent, no_interior_pointer_gets_into_a_list) {
    enum { COUNT = 200, SIZE = 1200, ALIGN = 4096, AROUND = SIZE + ALIGN - 16 };
    char *aligned[COUNT], *again[COUNT];

    for (int i = 0; i < COUNT; ++i)
        aligned[i] = rpaligned_alloc(ALIGN, SIZE);
    for (int i = 0; i < COUNT; ++i)
        rpfree(aligned[i]);
    for (int i = 0; i < COUNT; ++i) {
        again[i] = rpmalloc(AROUND);
        memset(again[i], i, AROUND);
    }

    for (int i = 0; i < COUNT; ++i) {
        cr_assert(again[i][0] == (char)i && again[i][AROUND - 1] == (char)i);
        rpfree(again[i]);
    }
}

// It asked the embedder for every block of more than 32 KiB.
Test(coherent, no_block_of_32_kib_and_more_goes_straight_to_the_embedder) {
    struct rpmalloc_config config = embedder_config();
    embedder_reset(0);
    rpmalloc_initialize_config(&config);
    for (int round = 0; round < 20; ++round)
        for (size_t size = 32768; size <= 2000000; size += size / 3)
            rpfree(rpmalloc(size));
    size_t calls = load_relaxed(&embedder.calls);

    for (int round = 0; round < 100; ++round)
        for (size_t size = 32768; size <= 2000000; size += size / 3)
            rpfree(rpmalloc(size));

    // A few more segments at most, for more than a thousand blocks.
    cr_assert(le(sz, load_relaxed(&embedder.calls), calls + 4));
}
