// test_surplus.c - how much empty memory is worth keeping.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/memory/surplus.h"
#include "core/span/size_class.h"

enum { MIB = 1 << 20, MIB_SPANS = MIB / SPAN_BYTES };

static void begin(void) {
    rp_surplus_settings = (struct surplus_settings)SURPLUS_DEFAULTS;
    rp_surplus_reset();
}

TestSuite(surplus, .init = begin);

Test(surplus, two_mib_or_a_sixteenth_are_kept_at_first) {
    cr_assert(eq(sz, rp_surplus_worth(0), 2 * MIB));
    cr_assert(eq(sz, rp_surplus_worth(32 * MIB_SPANS), 2 * MIB));
    cr_assert(eq(sz, rp_surplus_worth(1600 * MIB_SPANS), 100 * MIB));
}

Test(surplus, what_is_missed_after_a_purge_is_kept_the_next_time) {
    rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_purged(10 * MIB_SPANS);
    rp_surplus_missed(5 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), 12 * MIB));
    rp_surplus_missed(50 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), 22 * MIB), "no more than was purged");
}

Test(surplus, what_is_missed_without_a_purge_teaches_nothing) {
    rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_missed(50 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), 2 * MIB));
}

Test(surplus, a_purge_long_ago_teaches_nothing) {
    rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_purged(10 * MIB_SPANS);
    for (int i = 0; i < 50000; ++i)
        rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_missed(10 * MIB_SPANS);
    cr_assert(le(sz, rp_surplus_worth(0), 2 * MIB + MIB / 4));
}

Test(surplus, who_frees_all_keeps_little_whatever_was_learned) {
    size_t taken = 400 * MIB_SPANS;

    rp_surplus_given(1, taken);
    rp_surplus_purged(taken);
    rp_surplus_missed(taken);
    cr_assert(gt(sz, rp_surplus_worth(taken), 400 * MIB));
    for (size_t empty = 0; taken-- > 0;) {
        rp_surplus_given(1, taken);
        size_t worth = rp_surplus_worth(taken) / SPAN_BYTES;
        if (++empty > worth) {
            rp_surplus_purged(empty - worth * 3 / 4);
            empty = worth * 3 / 4;
        }
    }
    cr_assert(le(sz, rp_surplus_worth(0), 16 * MIB));
}

Test(surplus, a_run_fades_as_much_as_its_spans) {
    rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_purged(100 * MIB_SPANS);
    rp_surplus_missed(100 * MIB_SPANS);
    for (int i = 0; i < 1000; ++i)
        rp_surplus_given(48, 0);
    cr_assert(le(sz, rp_surplus_worth(0), 2 * MIB + 48 * SPAN_BYTES * 3 / 2));
}

Test(surplus, a_huge_block_fades_all_there_is_and_no_more) {
    rp_surplus_given(1, 100 * MIB_SPANS);
    rp_surplus_purged(100 * MIB_SPANS);
    rp_surplus_given(4096 * MIB_SPANS, 0);
    rp_surplus_missed(100 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(0), 2 * MIB));
}

Test(surplus, a_size_that_the_program_set_stands) {
    rp_surplus_settings = (struct surplus_settings){MIB, 0};
    rp_surplus_given(1, 800 * MIB_SPANS);
    rp_surplus_purged(100 * MIB_SPANS);
    rp_surplus_missed(100 * MIB_SPANS);
    cr_assert(eq(sz, rp_surplus_worth(800 * MIB_SPANS), MIB));
}
