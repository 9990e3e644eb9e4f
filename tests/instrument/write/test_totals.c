// test_totals.c - tests instrument/write/totals.c.
#include "instrument/write/totals.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct rp_totals totals;
static struct rp_layout_info layout;

static void setup(void) {
    struct rp_class_info classes[256];

    layout = rp_layout();
    for (uint32_t i = 0; i < layout.class_count; i++)
        classes[i] = rp_class(i);
    cr_assert(rp_totals_start(&totals, &layout, classes));
}

TestSuite(totals, .init = setup);

static void add(uint64_t time, unsigned type, uint32_t a, uint32_t b,
                uint64_t c0, uint64_t c1) {
    struct rp_record record = {time, type, a, b, {c0, c1, 0, 0}};

    rp_totals_move(&totals, &record, time);
}

static void alloc(uint32_t span) {
    rp_totals_block(&totals, span, +1);
}

Test(totals, holds_what_is_mapped_less_what_is_given_back) {
    add(1, TRACE_EVENT_SEGMENT_MAP, 2, 16, 0x1000, 1 << 20);
    add(2, TRACE_EVENT_BOOKKEEPING_MAP, 0, 0, 0x1000, 4096);
    add(3, TRACE_EVENT_SPAN_DECOMMIT, 2 * layout.spans_per_segment, 0, 0, 8192);
    rp_totals_settle(&totals, UINT64_MAX);

    cr_assert(eq(u64, totals.held, (1 << 20) + 4096 - 8192));
    cr_assert(eq(u64, totals.peak_held, (1 << 20) + 4096));
    cr_assert(eq(u64, totals.peak_held_time, 2));

    add(4, TRACE_EVENT_SEGMENT_UNMAP, 2, 0, 0, 0);
    rp_totals_settle(&totals, UINT64_MAX);
    cr_assert(eq(u64, totals.held, 4096));
}

Test(totals, puts_what_came_out_of_order_in_order) {
    add(30, TRACE_EVENT_SEGMENT_MAP, 0, 16, 0, 500);
    add(20, TRACE_EVENT_SEGMENT_UNMAP, 0, 0, 0, 0);
    add(10, TRACE_EVENT_SEGMENT_MAP, 0, 16, 0, 700);
    rp_totals_settle(&totals, UINT64_MAX);

    cr_assert(eq(u64, totals.held, 500));
    cr_assert(eq(u64, totals.peak_held, 700));
    cr_assert(eq(u64, totals.peak_held_time, 10));
}

Test(totals, lets_what_is_too_new_wait) {
    add(10, TRACE_EVENT_SEGMENT_MAP, 0, 16, 0, 700);
    add(20, TRACE_EVENT_SEGMENT_MAP, 1, 16, 0, 700);
    rp_totals_settle(&totals, 15);

    cr_assert(eq(u64, totals.held, 700));
}

Test(totals, settles_many_moves_in_the_order_of_their_times) {
    enum { MOVES = 20000 }; // more than there is room for at first

    for (unsigned i = 0; i < MOVES; i++) {
        uint64_t time = (uint64_t)i * 7919 % MOVES;
        add(time,
            time % 2 ? TRACE_EVENT_SEGMENT_UNMAP : TRACE_EVENT_SEGMENT_MAP, 1,
            16, 0, time % 2 ? 0 : 100);
    }
    rp_totals_settle(&totals, UINT64_MAX);

    cr_assert(eq(u64, totals.held, 0));
    cr_assert(eq(u64, totals.peak_held, 100));
}

Test(totals, weighs_blocks_by_the_class_of_their_span) {
    uint32_t bytes = rp_class(3).block_bytes;

    add(1, TRACE_EVENT_SPAN_ACQUIRE, 5, 3, 1, 0);
    rp_totals_settle(&totals, UINT64_MAX);
    alloc(5);
    alloc(5);
    rp_totals_block(&totals, 5, -1);

    cr_assert(eq(u64, totals.in_use, bytes));
    cr_assert(eq(u64, totals.peak_in_use, 2 * bytes));
}

Test(totals, weighs_blocks_anew_that_came_before_their_span) {
    alloc(5);
    add(1, TRACE_EVENT_SPAN_ACQUIRE, 5, 3, 1, 0);
    rp_totals_settle(&totals, UINT64_MAX);

    cr_assert(eq(u64, totals.in_use, rp_class(3).block_bytes));
}

Test(totals, weighs_blocks_together_as_one_by_one) {
    add(1, TRACE_EVENT_SPAN_ACQUIRE, 5, 3, 1, 0);
    rp_totals_settle(&totals, UINT64_MAX);
    alloc(5);
    rp_totals_blocks(&totals, 5, 40);
    rp_totals_block(&totals, 5, -1);

    cr_assert(eq(u64, totals.in_use, 40 * (uint64_t)rp_class(3).block_bytes));
    cr_assert(
        eq(u64, totals.peak_in_use, 41 * (uint64_t)rp_class(3).block_bytes));
}

Test(totals, weighs_large_and_huge_blocks_by_their_memory) {
    uint32_t huge = RP_HUGE_BIT | 3;

    add(1, TRACE_EVENT_SPAN_ACQUIRE, 64, RP_CLASS_LARGE, 5, 0);
    alloc(64);
    add(3, TRACE_EVENT_HUGE_MAP, huge, 0, 0x1000, 1 << 24);
    alloc(huge);
    rp_totals_settle(&totals, UINT64_MAX);

    cr_assert(eq(u64, totals.in_use,
                 5 * (uint64_t)layout.span_bytes + (1 << 24) -
                     2 * layout.large_header_bytes));
    rp_totals_block(&totals, huge, -1);
    add(6, TRACE_EVENT_HUGE_UNMAP, huge, 0, 0, 0);
    rp_totals_settle(&totals, UINT64_MAX);
    cr_assert(eq(u64, totals.held, 0));
    cr_assert(eq(u64, totals.peak_held, 1 << 24));
}

Test(totals, has_a_timeline_of_limited_length_in_order) {
    for (uint64_t time = 0; time < 100000; time++)
        rp_totals_point(&totals, time * 5000);

    cr_assert(le(u32, totals.point_count, TRACE_MAX_POINTS));
    cr_assert(ge(u32, totals.point_count, TRACE_MAX_POINTS / 2));
    for (uint32_t i = 1; i < totals.point_count; i++)
        cr_assert(lt(u64, totals.points[i - 1].time, totals.points[i].time));
    cr_assert(eq(u64, totals.points[0].time, 0));
}

Test(totals, come_by_each_page_of_spans_once) {
    static const uint32_t touched[] = {5, 3 * RP_TOTALS_PAGE, RP_HUGE_BIT - 1,
                                       RP_HUGE_BIT, UINT32_MAX};
    uint32_t page = 0;

    for (unsigned i = 0; i < 5; i++)
        alloc(touched[i]);

    for (unsigned i = 0; i < 5; i++, page++) {
        const struct rp_totals_span *spans = rp_totals_page(&totals, &page);
        cr_assert(eq(u32, page, touched[i] / RP_TOTALS_PAGE));
        cr_assert(eq(i64, spans[touched[i] % RP_TOTALS_PAGE].blocks, 1));
    }
    cr_assert(rp_totals_page(&totals, &page) == NULL);
    rp_totals_forget(&totals);
    page = 0;
    cr_assert(rp_totals_page(&totals, &page) == NULL);
}
