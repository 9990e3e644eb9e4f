// test_snapshot.c - snapshots in tiny traces with known answers.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"

static struct trace_builder b;
static struct answer *a;
static struct failure failure;
static uint32_t first, second;

static void begin(void) {
    trace_builder_start(&b);
    first = trace_builder_stack(&b, 0, 0x1000);
    second = trace_builder_stack(&b, 0, 0x2000);
}

static void analyse(uint64_t snapshot) {
    struct analyse_options options = {.at = snapshot ? AT_TIME : AT_END,
                                      .snapshot = snapshot};
    if (b.event_count > 0)
        trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), &options, &failure);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

// A state of three events and `blocks` of 1,000 bytes by the first site, of
// class 0, in a segment without loss.
static void tell_state(uint64_t time, uint64_t number, uint64_t blocks) {
    BUILD(&b, 0, time, SNAPSHOT, number, 2 + blocks, 64 * 65536);
    BUILD(&b, 0, time, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, time, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < blocks; i++)
        BUILD(&b, 0, time, ALLOC, first, 1000, 0, i);
    BUILD(&b, 0, time, SNAPSHOT_CLASS, 0, 1, blocks);
    BUILD(&b, 0, time, SNAPSHOT_END, 1);
}

TestSuite(snapshot, .init = begin, .fini = end);

Test(snapshot, what_is_there_again_was_there_all_the_time) {
    tell_state(100, 1, 5);
    tell_state(900, 2, 3);

    analyse(0);

    cr_assert(eq(sz, a->snapshot_count, 2));
    cr_expect(eq(u64, a->snapshots[0].live_blocks, 5));
    cr_expect(eq(u64, a->snapshots[1].live_blocks, 3));
    cr_expect(eq(u64, a->now.live_blocks, 3));
    cr_expect(eq(u64, a->allocations, 5));
    cr_expect(eq(u64, a->frees, 2));
    cr_expect(eq(u64, a->sites[0].counts.allocations, 5));
    cr_expect(eq(u64, a->now.held_bytes, 64 * 65536));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
    cr_expect(eq(u64, a->quality.identity_failures, 0));
    cr_expect(eq(u64, a->quality.unresolved, 0));
    cr_expect(eq(sz, a->finding_count, 0));
}

Test(snapshot, a_block_of_another_stack_is_another_block) {
    tell_state(100, 1, 2);
    BUILD(&b, 0, 900, SNAPSHOT, 2, 4, 64 * 65536);
    BUILD(&b, 0, 900, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 900, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 0, 900, ALLOC, first, 1000, 0, 0);
    BUILD(&b, 0, 900, ALLOC, second, 1000, 0, 1);

    analyse(0);

    cr_expect(eq(u64, a->allocations, 3));
    cr_expect(eq(u64, a->frees, 1));
    cr_expect(eq(u64, a->now.live_blocks, 2));
}

Test(snapshot, a_deferred_block_in_a_state_counts_for_its_place_alone) {
    BUILD(&b, 0, 100, SNAPSHOT, 1, 4, 64 * 65536);
    BUILD(&b, 0, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 100, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 0, 100, ALLOC, 0, 0, 0, 0);
    BUILD(&b, 0, 100, FREE_DEFERRED, 0, 0);

    analyse(0);

    cr_expect(eq(u64, a->allocations, 0));
    cr_expect(eq(u64, a->frees, 0));
    cr_expect(eq(u64, a->now.part_bytes[PART_DEFERRED], 1000));
}

Test(snapshot, its_moment_can_be_asked_for) {
    tell_state(100, 1, 5);
    BUILD(&b, 1, 101, FREE, 0, 0);
    BUILD(&b, 0, 200, SNAPSHOT, 2, 0, 64 * 65536);
    BUILD(&b, 0, 200, SNAPSHOT_CLASS, 0, 1, 4);
    BUILD(&b, 0, 200, SNAPSHOT_END, 1);
    BUILD(&b, 1, 201, FREE, 0, 1);

    analyse(2);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    cr_expect(eq(u64, a->now.live_blocks, 4));
    cr_expect(eq(u64, a->snapshots[1].checked, 1));
    cr_expect(eq(u64, a->snapshots[1].mismatches, 0));
    cr_expect(not(a->snapshots[1].has_state));
    answer_free(a);
    analyse(1);
    cr_expect(eq(u64, a->now.live_blocks, 5));
    answer_free(a);
    analyse(3);
    cr_expect(eq(ptr, a, NULL));
    cr_expect(failure.asked);
}

Test(snapshot, a_count_that_differs_is_a_finding) {
    tell_state(100, 1, 5);
    BUILD(&b, 0, 200, SNAPSHOT, 2, 0, 64 * 65536 + 1);
    BUILD(&b, 0, 200, SNAPSHOT_CLASS, 0, 1, 6);
    BUILD(&b, 0, 200, SNAPSHOT_END, 1);

    analyse(0);

    cr_expect(eq(u64, a->snapshots[1].mismatches, 1));
    cr_assert(eq(sz, a->finding_count, 1));
    cr_expect(eq(str, (char *)a->findings[0].kind, (char *)"snapshot"));
}

Test(snapshot, one_that_is_cut_short_is_said_to_be) {
    tell_state(100, 1, 5);
    BUILD(&b, 0, 200, SNAPSHOT, 2, 100, 64 * 65536);
    BUILD(&b, 0, 200, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 200, SNAPSHOT, 3, 100, 64 * 65536);

    analyse(0);

    cr_assert(eq(sz, a->snapshot_count, 3));
    cr_expect(not(a->snapshots[0].missing));
    cr_expect(a->snapshots[1].missing);
    cr_expect(a->snapshots[2].missing);
    cr_expect(eq(sz, a->finding_count, 2));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
}

Test(snapshot, while_a_state_is_told_there_is_no_peak) {
    BUILD(&b, 0, 100, SNAPSHOT, 1, 3, 60 * 65536);
    BUILD(&b, 0, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 100, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 0, 100, SPAN_DECOMMIT, 60, 0, 4 * 65536);
    BUILD(&b, 1, 200, MARK, 0);

    analyse(0);

    cr_expect(eq(u64, a->peak_held_bytes, 60 * 65536));
    cr_expect(eq(sz, a->finding_count, 0));
}

Test(snapshot, what_waits_when_a_state_begins_is_of_the_time_before) {
    tell_state(100, 1, 2);
    BUILD(&b, 1, 200, FREE, 0, 7); // its allocation never comes
    tell_state(202, 2, 8);

    analyse(0);

    cr_expect(eq(u64, a->quality.unresolved, 1));
    cr_expect(eq(u64, a->frees, 0));
    cr_expect(eq(u64, a->now.live_blocks, 8));
    cr_expect(eq(i64, a->now.residual_bytes, 0));
}
