// test_hook.c - tests instrument/capture/hook.c: what the hooks of malloc and
// free put into the ring, wherever its slots lie.
#include "core/hook.h"

#include "instrument/capture/control.h"
#include "instrument/capture/enter.h"
#include "instrument/shm/record.h"
#include "instrument/stack/walk_state.h"
#include "tests/instrument/under_way.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20000 };

static void setup(void) {
    under_way_begin();
    setenv("RPSCOPE_BUFFER", "8K", 1);
    setenv("RPSCOPE_SPILL", "none", 1);
}

TestSuite(hook, .init = setup, .fini = under_way_end);

static struct rp_ring *ring(void) {
    return rp_producer_mine->side.ring;
}

// The last event of those that were put into the ring since it had so many
// slots; a new stack may bring others along.
static struct rp_record last(uint64_t from) {
    struct rp_slots slots = rp_ring_slots(ring());
    struct rp_record record = {0};

    while (from < rp_ring_head(ring()))
        from += rp_record_read(&slots, from, &record);
    cr_assert(eq(u64, rp_ring_head(ring()), from));
    return record;
}

static void tell_malloc(uint32_t span, uint32_t block) {
    uint64_t from = rp_ring_head(ring());
    char place;

    cr_assert(eq(ptr, rp_on_malloc(block + 1, span, block, &place), &place));
    struct rp_record record = last(from);
    cr_assert(eq(uint, record.type, TRACE_EVENT_ALLOC));
    cr_assert(eq(u32, record.a, span));
    cr_assert(eq(u32, record.b, block));
    cr_assert(eq(u64, record.c[0], block + 1));
}

static void tell_free(uint32_t span, uint32_t block) {
    uint64_t from = rp_ring_head(ring());

    rp_on_own_free(span, block);
    struct rp_record record = last(from);
    cr_assert(eq(uint, record.type, TRACE_EVENT_FREE));
    cr_assert(eq(u32, record.a, span));
    cr_assert(eq(u32, record.b, block));
}

// Events of one to three slots, so that each lies across the end now and then.
static void tell_all(void) {
    rp_on_heap_reset(1); // the first event of all
    for (uint32_t i = 0; i < ROUNDS; i++) {
        tell_malloc(i, i % 4096);
        if (i % 5 == 0)
            rp_on_segment_map(i, NULL, 1, NULL, 1);
        tell_free(i, i % 4096);
        if (i % 7 == 0)
            rp_on_free(i, 1, 1);
    }
    cr_assert(eq(u64, load_relaxed(&ring()->lost), 0));
}

Test(hook, tells_malloc_and_free_without_stacks) {
    setenv("RPSCOPE_STACKS", "none", 1);

    tell_all();
}

Test(hook, tells_malloc_and_free_with_stacks) {
    tell_all();
}

Test(hook, tells_the_same_stack_again_by_the_same_number) {
    rp_on_heap_reset(1);
    uint32_t first = 0;

    for (uint32_t i = 0; i < 100; i++) {
        uint64_t from = rp_ring_head(ring());
        rp_on_malloc(1, 1, 1, NULL);
        uint32_t stack = (uint32_t)last(from).c[1];
        cr_assert(ne(u32, stack, 0));
        if (i == 0)
            first = stack;
        cr_assert(eq(u32, stack, first));
    }

    struct rp_walk *walk = rp_producer_mine->thread->walk;
    cr_assert(ne(u64, walk->repeated.address, 0));
    cr_assert(eq(u32, walk->repeated.node, first));
}

// As from a signal handler in the middle of an event.
Test(hook, tells_through_another_ring_in_the_middle_of_an_event) {
    rp_on_heap_reset(1);
    tell_malloc(1, 1);
    struct rp_producer *outer = rp_enter();
    uint64_t from = rp_ring_head(ring());

    rp_on_malloc(1, 2, 3, NULL);
    rp_on_own_free(2, 3);

    cr_assert(eq(u64, rp_ring_head(ring()), from));
    struct rp_ring *inner = outer->thread->producers[1].side.ring;
    cr_assert(eq(u64, rp_ring_head(inner), 3));
    rp_producer_leave(outer);
    tell_malloc(4, 5);
}

Test(hook, is_not_called_for_blocks_when_the_recording_was_stopped) {
    rp_on_heap_reset(1);
    cr_assert(rp_is_observed());

    rp_on_wish(RP_WISH_STOP);

    cr_assert(not(rp_is_observed()));
}

// It may have a recording of its own.
Test(hook, is_called_again_in_a_forked_child) {
    int status;

    rp_on_heap_reset(1);
    rp_on_wish(RP_WISH_STOP);
    pid_t child = fork();
    if (child == 0)
        _exit(rp_is_observed());

    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_assert(ne(int, WIFEXITED(status), 0));
    cr_assert(eq(int, WEXITSTATUS(status), 1));
}
