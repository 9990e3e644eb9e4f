// test_apply.c - events are applied to the heap as it is at their turn, however
// far ahead their spans were found.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

static struct trace_builder b;
static struct answer *a;

static void begin(void) {
    trace_builder_start(&b);
    BUILD(&b, 1, 10, THREAD_START, 4711, 0);
    BUILD(&b, 1, 10, HEAP_CREATE, 0);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

static void analyse(void) {
    struct failure failure;
    trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
}

static void map(uint64_t segment) {
    BUILD(&b, 1, 20, SEGMENT_MAP, segment, 0x100000 * (segment + 1), 64 * 65536,
          0x100000 * (segment + 1), 64);
}

static void acquire(uint64_t span) {
    BUILD(&b, 1, 20, SPAN_ACQUIRE, span, 1, 0, 0, TRACE_PLACE_SEGMENT);
}

static void expect_blocks(uint64_t live, uint64_t bytes) {
    cr_expect(eq(u64, a->now.live_blocks, live));
    cr_expect(eq(u64, a->now.part_bytes[PART_USED], bytes));
    cr_expect(eq(u64, a->quality.repairs, 0));
    cr_expect(eq(u64, a->quality.unresolved, 0));
    cr_expect(eq(u64, a->quality.identity_failures, 0));
}

TestSuite(apply, .init = begin, .fini = end);

static void release(uint64_t span) {
    BUILD(&b, 1, 20, FREE, span, 0);
    BUILD(&b, 1, 20, SPAN_RELEASE, span, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 20, SEGMENT_UNMAP, span / 64);
}

// Spans are found together for so many events: in some round, that of the last
// blocks was when segment 0 was still the one before.
Test(apply, a_block_is_put_into_the_segment_that_is_there_at_its_turn) {
    for (int round = 0; round < 16; round++) {
        map(0);
        acquire(0);
        for (int i = 0; i < 20 + round; i++) {
            BUILD(&b, 1, 20, ALLOC, 0, 900, 0, 0);
            BUILD(&b, 1, 20, FREE, 0, 0);
        }
        BUILD(&b, 1, 20, ALLOC, 0, 900, 0, 0);
        release(0);
        map(1); // likely where segment 0 was
        map(0);
        acquire(64);
        acquire(0);
        BUILD(&b, 1, 20, ALLOC, 0, 900, 0, 0);
        BUILD(&b, 1, 20, ALLOC, 0, 800, 64, 0);
        if (round < 15) {
            release(0);
            release(64);
        }
    }

    analyse();

    expect_blocks(2, 1700);
}

Test(apply, a_block_of_a_span_that_was_not_there_yet_is_found_at_its_turn) {
    map(0);
    acquire(3);
    for (uint64_t block = 0; block < 40; block++)
        BUILD(&b, 1, 20, ALLOC, 0, 100 + block, 3, block);
    for (uint64_t block = 0; block < 40; block += 2)
        BUILD(&b, 1, 20, FREE, 3, block);
    BUILD(&b, 1, 20, ALLOC, 0, 7, 3, 0);

    analyse();

    expect_blocks(21, 7 + 20 * 100 + 20 * 20);
}

Test(apply, blocks_that_are_first_used_out_of_order_are_all_told_of) {
    map(0);
    acquire(0);
    BUILD(&b, 1, 20, ALLOC, 0, 1, 0, 5);
    BUILD(&b, 1, 20, ALLOC, 0, 2, 0, 6);
    BUILD(&b, 1, 20, ALLOC, 0, 4, 0, 2);
    BUILD(&b, 1, 20, ALLOC, 0, 0, 0, 7); // of no bytes
    BUILD(&b, 1, 20, FREE, 0, 6);

    analyse();

    expect_blocks(3, 5);
}

Test(apply, blocks_from_before_a_fork_have_the_bytes_of_their_class) {
    map(0);
    acquire(3);
    BUILD(&b, 1, 20, INHERITED, 3, 0, 0xb);
    BUILD(&b, 1, 20, FREE, 3, 1);
    BUILD(&b, 1, 20, ALLOC, 0, 7, 3, 1);
    BUILD(&b, 1, 20, FREE_DEFERRED, 3, 0);

    analyse();

    expect_blocks(2, 1000 + 7);
    cr_expect(eq(u64, a->now.part_bytes[PART_DEFERRED], 1000));
}

Test(apply, blocks_from_before_a_fork_wait_for_their_span) {
    BUILD(&b, 2, 15, INHERITED, 3, 0, 0x7);
    BUILD(&b, 2, 15, FREE, 3, 1);
    map(0);
    acquire(3);

    analyse();

    cr_expect(eq(u64, a->now.live_blocks, 2));
    cr_expect(eq(u64, a->quality.unresolved, 0));
}

Test(apply, blocks_from_before_a_fork_that_cannot_be_are_counted) {
    map(0);
    acquire(3);
    BUILD(&b, 1, 20, ALLOC, 0, 900, 3, 5);
    BUILD(&b, 1, 20, INHERITED, 3, 0, 1 << 5);           // lives
    BUILD(&b, 1, 20, INHERITED, 3, UINT64_MAX - 1, 0x5); // no such block
    BUILD(&b, 1, 20, INHERITED, 4, 0, UINT64_MAX);       // no span

    analyse();

    cr_expect(eq(u64, a->now.live_blocks, 2));
    cr_expect(eq(u64, a->quality.unresolved, 3));
}

// As when the owner sleeps, and who brought the last block gave its memory
// back.
Test(apply, what_went_back_of_deferred_blocks_is_not_held_by_them) {
    enum { BLOCKS = 64, BLOCK_BYTES = 1000, LEFT = 61440 };
    map(0);
    acquire(3);
    for (uint64_t block = 0; block < BLOCKS; block++)
        BUILD(&b, 1, 20, ALLOC, 0, 900, 3, block);
    for (uint64_t block = 0; block < BLOCKS; block++)
        BUILD(&b, 1, 20, FREE_DEFERRED, 3, block);
    BUILD(&b, 1, 20, SPAN_DECOMMIT, 3, 65536 - LEFT, LEFT);

    analyse();

    expect_blocks(0, 0);
    cr_expect(
        eq(u64, a->now.part_bytes[PART_DEFERRED], BLOCKS * BLOCK_BYTES - LEFT));
    cr_expect(eq(u64, a->now.part_bytes[PART_SPAN_FREE], 0));
}
