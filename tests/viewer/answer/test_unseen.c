// test_unseen.c - what went while nobody looked has no lifetime that anybody
// knows: only that it had lived so long.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/life_tables.h"
#include "viewer/answer/metric_rows.h"
#include "viewer/answer/state.h"

static struct trace_builder b;

enum { BLOCKS = 6 };

// Six blocks are born at 100, and two of them freed soon. The others live; a
// state of later has the last one alone, or all of them.
static struct answer *play(bool pauses, uint64_t told) {
    struct failure failure = {.text = ""};
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
    trace_builder_end(&b, 0);
    struct answer *a =
        analyse_trace(trace_builder_save(&b),
                      &(struct analyse_options){.no_names = true}, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
    return a;
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
    uint64_t sum = 0;

    for (int i = 0; i < LIFETIME_BINS; i++)
        sum += all->unseen_classes[0][i];
    cr_expect(eq(u64, sum, 0));
    cr_expect(eq(u64, row(a, &lifetimes_table)->living, 4));
    done(a);
}
