// test_sums.c - memory that is taken for a block is neither used nor wasted
// until its call has told the block.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/metric/sums.h"

#define MIB (INT64_C(1) << 20)

static struct pool pool;
static struct sums sums;
static const struct metric_context context = {.pool = &pool, .last = 1000};

static void start(void) {
    sums = (struct sums){0};
    sums_metric.start(&sums, &context);
}

// One event of the ring, at the time of its number.
static void feed(uint64_t event, uint32_t ring, struct heap_change change) {
    change.event = change.time = event;
    change.ring = ring;
    sums_metric.feed(&sums, &context, &change, 1);
}

static void map(uint64_t event, uint32_t ring, int64_t bytes) {
    feed(event, ring,
         (struct heap_change){.kind = CHANGE_SEGMENT_MAPPED, .bytes = bytes});
}

static void born(uint64_t event, uint32_t ring) {
    feed(event, ring,
         (struct heap_change){.kind = CHANGE_BORN,
                              .flags = CHANGE_COUNTS,
                              .block_bytes = 64,
                              .wanted = 64,
                              .taken = 64});
}

Test(sums, memory_is_under_way_until_the_block_that_it_is_for, .init = start) {
    map(1, 1, 4 * MIB);
    cr_expect(eq(i64, sums.now.under_way, 4 * MIB));
    map(2, 1, 1 * MIB);
    cr_expect(eq(i64, sums.now.under_way, 5 * MIB));
    born(3, 1);
    cr_expect(eq(i64, sums.now.under_way, 0));
    cr_expect(eq(i64, sums.now.held, 5 * MIB));
}

Test(sums, a_block_of_another_thread_ends_no_call, .init = start) {
    map(1, 1, 4 * MIB);
    born(2, 2);
    cr_expect(eq(i64, sums.now.under_way, 4 * MIB));
    born(3, 1);
    cr_expect(eq(i64, sums.now.under_way, 0));
}

Test(sums, of_two_calls_the_later_one_counts, .init = start) {
    map(1, 1, 4 * MIB);
    map(2, 2, 1 * MIB);
    cr_expect(eq(i64, sums.now.under_way, 1 * MIB));
    born(3, 2);
    cr_expect(eq(i64, sums.now.under_way, 0));
}

Test(sums, what_a_state_tells_is_under_way_to_nobody, .init = start) {
    feed(1, 1, (struct heap_change){.kind = CHANGE_STATE_BEGINS});
    map(2, 1, 4 * MIB);
    feed(3, 1, (struct heap_change){.kind = CHANGE_STATE_ENDS});
    cr_expect(eq(i64, sums.now.under_way, 0));
    cr_expect(eq(i64, sums.now.held, 4 * MIB));
}
