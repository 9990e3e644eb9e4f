// test_signal.c - a signal handler may allocate in the middle of an allocation.
//
// A thread makes random calls one machine instruction at a time (the
// processor's trap flag). After each instruction a handler makes a random call
// of its own, and now and then frees a block of the interrupted thread. x86-64
// only.
#if defined(__x86_64__)
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/heap/heap.h"
#include "core/rpmalloc.h"
#include "core/thread/thread.h"
#include "tests/core/random.h"
#include "tests/core/shadow.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

enum { TRAP_FLAG = 256, GIVEN = 4000, GIVEN_BYTES = 40 };

static struct shadow interrupted, handler;
static void *given[GIVEN]; // of the thread's heap, for the handler to free
static size_t given_away;
static volatile sig_atomic_t is_stepping;
static size_t stops, heaps_shared;
static size_t one_in = 1; // at so many stops, by chance, the handler works
static uint64_t dice = 1;

static void work_in_handler(void) {
    struct rpmalloc_signal aside;
    struct heap *mine = rp_thread_heap;

    rpmalloc_signal_begin(&aside);
    heaps_shared += rp_thread_heap == mine && mine != &rp_no_heap;
    shadow_step(&handler);
    if (stops % 8 == 0 && given_away < GIVEN)
        rpfree(given[given_away++]);
    rpmalloc_signal_end(&aside);
    heaps_shared += rp_thread_heap != mine;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    greg_t *flags = &((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL];
    int saved = errno;

    (void)signal, (void)info;
    if (is_stepping) {
        *flags |= TRAP_FLAG;
        ++stops;
        if (random_below(&dice, one_in) == 0)
            work_in_handler();
    } else {
        *flags &= ~TRAP_FLAG;
    }
    errno = saved;
}

static void step_through(void (*deed)(void)) {
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};

    for (size_t i = 0; i < GIVEN; ++i)
        given[i] = memset(rpmalloc(GIVEN_BYTES), 1, GIVEN_BYTES);
    sigaction(SIGTRAP, &action, NULL);
    shadow_init(&interrupted, 1, 40, 100000);
    shadow_init(&handler, 2, 40, 40000);
    is_stepping = 1;
    raise(SIGTRAP);
    deed();
    is_stepping = 0;
    raise(SIGTRAP);
}

static void assert_all_is_well(void) {
    struct rpmalloc_global_statistics now;

    rpmalloc_thread_collect();
    cr_assert(zero(sz, heaps_shared));
    cr_assert(rp_thread_heap == &rp_no_heap || rp_heap_valid(rp_thread_heap));
    shadow_free_all(&interrupted);
    shadow_free_all(&handler);
    while (given_away < GIVEN)
        rpfree(given[given_away++]);
    cr_assert(zero(sz, interrupted.mistakes), "%s", interrupted.first_mistake);
    cr_assert(zero(sz, handler.mistakes), "%s", handler.first_mistake);
    cr_assert(rp_thread_heap == &rp_no_heap || rp_heap_valid(rp_thread_heap));
    rpmalloc_global_statistics(&now);
    // The thread's, one that it looks into, the handler's.
    cr_assert(le(sz, now.heaps, 3));
    rpmalloc_finalize();
    rpmalloc_global_statistics(&now);
    cr_assert(zero(sz, now.mapped));
}

static void random_calls(void) {
    // Without the patterns of large blocks, which take long to step through.
    for (int i = 0; i < 100; ++i) {
        rpfree(rpmalloc(random_below(&interrupted.random, 600)));
        rpfree(rpmalloc(random_below(&interrupted.random, 70000)));
    }
}

Test(signal_handler, allocates_at_any_instruction_of_malloc_and_free) {
    step_through(random_calls);

    cr_assert(gt(sz, stops, 10000));
    assert_all_is_well();
}

static void keep_blocks(void) {
    static void *blocks[60];

    for (size_t i = 0; i < 60; ++i)
        blocks[i] = rpmalloc(i * 37);
    for (size_t i = 0; i < 60; i += 2)
        rpfree(blocks[i]);
    for (size_t i = 0; i < 60; i += 2)
        blocks[i] = rprealloc(NULL, i * 400);
    for (size_t i = 0; i < 60; ++i)
        rpfree(blocks[i]);
}

Test(signal_handler, allocates_while_lists_are_refilled_and_spans_settle) {
    step_through(keep_blocks);

    cr_assert(gt(sz, stops, 3000));
    assert_all_is_well();
}

static void change_heaps(void) {
    for (int i = 0; i < 2; ++i) {
        rpmalloc_thread_reset();
        rpfree(rpmalloc(100));
        rpmalloc_thread_collect();
    }
}

Test(signal_handler, allocates_while_the_thread_takes_and_gives_a_heap) {
    // To take a heap is lock-free, not wait-free: a handler that takes one at
    // each instruction would always be first.
    one_in = 16;

    step_through(change_heaps);

    cr_assert(gt(sz, stops, 10000));
    assert_all_is_well();
}

Test(signal_handler, pairs_nest) {
    struct rpmalloc_signal outer, inner;
    void *first = rpmalloc(100);
    struct heap *mine = rp_thread_heap;

    rpmalloc_signal_begin(&outer);
    struct heap *second = rp_thread_heap;
    rpmalloc_signal_begin(&inner);
    cr_assert(ne(ptr, rp_thread_heap, second));
    rpfree(first);
    rpmalloc_signal_end(&inner);
    cr_assert(eq(ptr, rp_thread_heap, second));
    rpmalloc_signal_end(&outer);

    cr_assert(eq(ptr, rp_thread_heap, mine));
}
#endif
