// test_unseen.c - what went or came while nobody looked has no lifetime that
// anybody knows: only that it had lived so long.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/life_tables.h"
#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"

static struct trace_builder b;

// Ends what was built; what it says at that moment.
static struct answer *answer_at(enum answer_at at) {
    struct failure failure = {.text = ""};
    trace_builder_end(&b, 0);
    struct answer *a = analyse_trace(
        trace_builder_save(&b),
        &(struct analyse_options){.no_names = true, .at = at}, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
}

enum { BLOCKS = 6 };

// Six blocks are born at 100, and two of them freed soon. The others live; a
// state of later has the last one alone, or all of them.
static struct answer *play(bool pauses, uint64_t told) {
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 95, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 96, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < BLOCKS; i++)
        BUILD(&b, 1, 100, ALLOC, stack, 1000, 0, i);
    BUILD(&b, 1, 104, FREE, 0, 0);
    BUILD(&b, 1, 104, FREE, 0, 1);
    if (pauses)
        BUILD(&b, 0, 200, PAUSE, 0);
    BUILD(&b, 0, 100000, SNAPSHOT, 1, 2 + told, 64 * 65536);
    BUILD(&b, 0, 100000, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 100000, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < told; i++)
        BUILD(&b, 0, 100000, ALLOC, stack, 1000, 0, BLOCKS - 1 - i);
    BUILD(&b, 0, 100000, SNAPSHOT_END, 0);
    BUILD(&b, 1, 100001, MARK, 0);
    return answer_at(AT_USUAL);
}

static const struct life_row *row(struct answer *a,
                                  const struct data_table *table) {
    size_t count = table->count(a);
    for (size_t i = 0; i < count; i++) {
        const struct life_row *found = table->row(a, i);
        if (found->frees + found->living > 0)
            return found;
    }
    cr_fatal("no row");
}

static uint64_t sum(const uint64_t bins[LIFETIME_BINS]) {
    uint64_t sum = 0;
    for (int i = 0; i < LIFETIME_BINS; i++)
        sum += bins[i];
    return sum;
}

static void done(struct answer *a) {
    answer_free(a);
    trace_builder_free(&b);
}

// Two of six, and not two of three, were freed: half of them outlive that.
Test(unseen, blocks_that_went_in_a_pause_are_no_short_lives) {
    struct answer *a = play(true, 1);

    cr_expect(eq(u64, row(a, &lifetimes_table)->frees, 2));
    cr_expect(eq(u64, row(a, &lifetimes_table)->living, 1));
    cr_expect(eq(u64, row(a, &lifetimes_table)->median_ns, 0));
    cr_expect(eq(u64, row(a, &class_lifetimes_table)->median_ns, 0));
    done(a);
}

Test(unseen, the_same_where_a_state_has_lost_them_without_a_pause) {
    struct answer *a = play(false, 1);

    cr_expect(eq(u64, row(a, &lifetimes_table)->median_ns, 0));
    done(a);
}

// They were seen until the pause began, and not until the state.
Test(unseen, blocks_lived_at_least_until_the_pause) {
    struct answer *a = play(true, 1);
    const struct lifetimes *paused = &a->state->now->metrics.lifetimes;
    unsigned at_pause = lifetimes_bin(200 - 100);

    cr_expect(eq(u64, paused->unseen_classes[0][at_pause], 3));
    done(a);
}

Test(unseen, nothing_is_where_the_state_has_all_of_them) {
    struct answer *a = play(true, 4);
    const struct lifetimes *all = &a->state->now->metrics.lifetimes;

    cr_expect(eq(u64, sum(all->unseen_classes[0]), 0));
    cr_expect(eq(u64, row(a, &lifetimes_table)->living, 4));
    done(a);
}

// ---- what came unseen: the recording begins late, or has its last part ----

// A state with `told` blocks, all freed 4 steps later; beside them a block that
// was born before it, where there is something before, and one born behind it.
static struct answer *begin_with_state(uint64_t told, bool before) {
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    if (before) {
        BUILD(&b, 1, 95, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
        BUILD(&b, 1, 96, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
        BUILD(&b, 1, 100, ALLOC, stack, 1000, 0, BLOCKS);
    }
    BUILD(&b, 0, 100000, SNAPSHOT, 1, 2 + told + before, 64 * 65536);
    BUILD(&b, 0, 100000, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 0, 100000, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < told; i++)
        BUILD(&b, 0, 100000, ALLOC, stack, 1000, 0, i);
    if (before)
        BUILD(&b, 0, 100000, ALLOC, stack, 1000, 0, BLOCKS);
    BUILD(&b, 0, 100000, SNAPSHOT_END, 0);
    BUILD(&b, 1, 100001, ALLOC, stack, 1000, 0, BLOCKS + 1);
    for (uint64_t i = 0; i < told; i++)
        BUILD(&b, 1, 100004, FREE, 0, i);
    if (before)
        BUILD(&b, 1, 100004, FREE, 0, BLOCKS);
    BUILD(&b, 1, 100005, FREE, 0, BLOCKS + 1);
    return answer_at(AT_END);
}

Test(unseen, blocks_that_a_state_begins_with_are_no_short_lives) {
    struct answer *a = begin_with_state(4, false);
    const struct lifetimes *l = &a->state->now->metrics.lifetimes;

    cr_expect(eq(u64, l->unseen_classes[0][lifetimes_bin(4)], 4));
    cr_expect(eq(u64, sum(l->unseen_classes[0]), 4));
    cr_expect(eq(u64, sum(l->classes[0]), 1), "the one that came behind it");
    done(a);
}

Test(unseen, a_block_that_a_state_has_again_has_its_whole_life) {
    struct answer *a = begin_with_state(3, true);
    const struct lifetimes *l = &a->state->now->metrics.lifetimes;

    cr_expect(eq(u64, l->classes[0][lifetimes_bin(100004 - 100)], 1));
    cr_expect(eq(u64, sum(l->classes[0]), 2));
    cr_expect(eq(u64, sum(l->unseen_classes[0]), 3));
    done(a);
}

// ---- a free that was lost ----

// A block of 1000 bytes at 100, whose free is lost; one of 600 in its place at
// 2^25, which is later than what waits for its cause.
static struct answer *lose_free(void) {
    enum { LATER = 1 << 25, END = 1 << 26 };
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 100, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 100, ALLOC, stack, 1000, 0, 0);
    BUILD(&b, 0, 200, LOST, 1);
    BUILD(&b, 1, LATER, ALLOC, stack, 600, 0, 0);
    BUILD(&b, 1, END, MARK, 0);
    return answer_at(AT_END);
}

Test(unseen, a_block_whose_free_was_lost_has_no_life_and_keeps_its_place_once) {
    struct answer *a = lose_free();
    const struct metrics *metrics = &a->state->now->metrics;
    const struct lifetimes *l = &metrics->lifetimes;

    cr_expect(eq(u64, sum(l->classes[0]) + sum(l->unseen_classes[0]), 0));
    cr_expect(eq(u64, a->state->now->heap.live_blocks, 1));
    cr_expect(eq(i64, metrics->sums.now.parts[PART_USED], 600));
    cr_expect(eq(sz, metrics->contradictions.count, 1), "and it is told");
    cr_expect(eq(u64, metrics->sums.check_failures, 0));
    cr_expect(eq(u64, a->quality.lost_events, 1));
    cr_expect(not(a->quality.complete));
    done(a);
}

// ---- stacks of some alone ----

// Blocks without a stack are a group like any other: what a span keeps is
// shared out in full.
Test(unseen, blocks_without_a_stack_have_their_share) {
    trace_builder_start(&b);
    uint32_t stack = trace_builder_stack(&b, 0, 0x1000);
    BUILD(&b, 1, 95, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 96, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    for (uint64_t i = 0; i < 4; i++)
        BUILD(&b, 1, 100, ALLOC, i == 0 ? stack : 0, 1000, 0, i);
    struct answer *a = answer_at(AT_END);

    uint64_t pinned = 65536 - 4 * 1000, none = 0, all = 0;
    for (size_t i = 0; i < a->stack_count; i++) {
        all += a->stacks[i].counts.share_bytes;
        none += a->stacks[i].node == 0 ? a->stacks[i].counts.share_bytes : 0;
    }
    cr_expect(eq(u64, all, pinned));
    cr_expect(eq(u64, none, pinned * 3 / 4));
    done(a);
}
