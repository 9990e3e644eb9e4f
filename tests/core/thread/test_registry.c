// test_registry.c - heaps that threads take and give back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/bookkeeping.h"
#include "core/rpmalloc.h"
#include "core/thread/registry.h"
#include "tests/core/threads.h"

enum { THREADS = 4, TURNS = 20000, HEAPS = 3000 };

Test(registry, a_ticket_gives_the_same_heap_back) {
    struct heap *first = rp_registry_take(0);
    struct heap *second = rp_registry_take(0);
    uint64_t ticket = rp_registry_ticket(first);
    rp_registry_give(first);
    rp_registry_give(second);

    cr_assert(eq(ptr, rp_registry_take(ticket), first));
}

Test(registry, without_a_ticket_any_idle_heap_will_do) {
    struct heap *heap = rp_registry_take(0);
    rp_registry_give(heap);

    cr_assert(eq(ptr, rp_registry_take(0), heap));
    cr_assert(eq(uint, rp_registry_count(), 1));
}

Test(registry, a_heap_that_is_taken_is_not_taken_again) {
    struct heap *heap = rp_registry_take(0);
    uint64_t ticket = rp_registry_ticket(heap);

    cr_assert(ne(ptr, rp_registry_take(ticket), heap));
    cr_assert(zero(int, rp_registry_try_take(heap)));
}

Test(registry, a_heap_that_was_taken_back_is_skipped_in_the_stack) {
    struct heap *first = rp_registry_take(0);
    struct heap *second = rp_registry_take(0);
    uint64_t ticket = rp_registry_ticket(second);
    rp_registry_give(first);
    rp_registry_give(second);
    cr_assert(eq(ptr, rp_registry_take(ticket), second));

    cr_assert(eq(ptr, rp_registry_take(0), first));
    cr_assert(eq(uint, rp_registry_count(), 2));
}

Test(registry, a_heap_given_back_twice_by_ticket_is_in_the_stack_once) {
    struct heap *heap = rp_registry_take(0);
    uint64_t ticket = rp_registry_ticket(heap);
    for (int i = 0; i < 10; ++i) {
        rp_registry_give(heap);
        cr_assert(eq(ptr, rp_registry_take(ticket), heap));
    }
    rp_registry_give(heap);

    cr_assert(eq(ptr, rp_registry_take(0), heap));
    cr_assert(ne(ptr, rp_registry_take(0), heap));
}

Test(registry, a_ticket_of_an_earlier_life_is_no_good) {
    struct heap *heap = rp_registry_take(0);
    uint64_t ticket = rp_registry_ticket(heap);
    cr_assert(rp_registry_is_current(ticket));

    rp_registry_finalize();

    cr_assert(not(rp_registry_is_current(ticket)));
}

Test(registry, there_is_no_limit_of_heaps) {
    static struct heap *heaps[HEAPS];

    for (uint32_t i = 0; i < HEAPS; ++i)
        heaps[i] = rp_registry_take(0);

    cr_assert(eq(uint, rp_registry_count(), HEAPS));
    for (uint32_t i = 0; i < HEAPS; ++i) {
        cr_assert(eq(uint, heaps[i]->number, i));
        cr_assert(eq(ptr, rp_registry_heap(i), heaps[i]));
    }
}

Test(registry, when_the_table_is_full_it_says_so_and_takes_no_memory) {
    rp_registry_most = 3;
    for (int i = 0; i < 3; ++i)
        cr_assert(ne(ptr, rp_registry_take(0), NULL));
    struct heap *last = rp_registry_heap(2);
    size_t mapped = rp_bookkeeping_mapped();

    for (int i = 0; i < 1000; ++i)
        cr_assert(eq(ptr, rp_registry_take(0), NULL));

    cr_assert(eq(uint, rp_registry_count(), 3));
    cr_assert(eq(sz, rp_bookkeeping_mapped(), mapped));
    rp_registry_give(last);
    cr_assert(eq(ptr, rp_registry_take(0), last));
}

// ---- races ----

static _Atomic(int) holders[64];
static _Atomic(int) mistakes;

static void hold(struct heap *heap) {
    if (add_relaxed(&holders[heap->number], 1) != 0)
        add_relaxed(&mistakes, 1);
    sub_relaxed(&holders[heap->number], 1);
}

static void take_turns(int index, void *context) {
    uint64_t ticket = 0;

    (void)context;
    for (int i = 0; i < TURNS; ++i) {
        struct heap *heap = rp_registry_take(ticket);
        hold(heap);
        // Some forget their heap, and take what comes.
        ticket = (i + index) % 4 == 0 ? 0 : rp_registry_ticket(heap);
        rp_registry_give(heap);
        // Some look into a heap that may be idle, as who frees into it does.
        if (i % 3 == 0 && rp_registry_try_take(heap)) {
            hold(heap);
            rp_registry_give(heap);
        }
    }
}

Test(registry, no_two_threads_ever_have_the_same_heap) {
    threads_run(THREADS, take_turns, NULL);

    cr_assert(zero(int, load_relaxed(&mistakes)));
    // One for each thread at most, one more for each that looked into one.
    cr_assert(le(uint, rp_registry_count(), 2 * THREADS));
}

Test(registry, no_heap_is_lost) {
    threads_run(THREADS, take_turns, NULL);
    uint32_t heaps = rp_registry_count();

    for (uint32_t i = 0; i < heaps; ++i)
        cr_assert(ne(ptr, rp_registry_take(0), NULL));

    cr_assert(eq(uint, rp_registry_count(), heaps));
}
