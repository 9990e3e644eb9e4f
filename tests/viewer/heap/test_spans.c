// test_spans.c - spans are found by number, whatever number the trace has.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/heap/spans.h"

static struct spans spans;

static void begin(void) {
    spans_start(&spans, NULL, 64);
}

static void end(void) {
    spans_free(&spans);
}

static void take(struct span *huge) {
    spans_take_huge(&spans, huge);
    spans_free_segment(NULL, huge, 1);
}

TestSuite(spans, .init = begin, .fini = end);

Test(spans, a_segment_has_the_spans_of_its_number) {
    cr_assert(ne(ptr, spans_add_segment(&spans, 3, 10, 65536), NULL));

    cr_expect(eq(ptr, spans_find(&spans, 3 * 64 - 1), NULL));
    cr_assert(ne(ptr, spans_find(&spans, 3 * 64), NULL));
    cr_expect(eq(u32, spans_find(&spans, 3 * 64 + 9)->number, 3 * 64 + 9));
    cr_expect(eq(ptr, spans_find(&spans, 3 * 64 + 10), NULL));
    cr_expect(eq(u64, spans_room(&spans, 3 * 64 + 4), 6));
    cr_expect(eq(u64, spans_room(&spans, 3 * 64 + 10), 0));
}

Test(spans, a_segment_that_cannot_be_is_refused) {
    cr_assert(ne(ptr, spans_add_segment(&spans, 1, 64, 65536), NULL));

    cr_expect(eq(ptr, spans_add_segment(&spans, 1, 64, 65536), NULL));
    cr_expect(eq(ptr, spans_add_segment(&spans, 2, 65, 65536), NULL));
    cr_expect(eq(ptr, spans_add_segment(&spans, 2, 0, 65536), NULL));
    cr_expect(eq(ptr, spans_add_segment(&spans, UINT64_MAX, 1, 65536), NULL));
    cr_expect(eq(ptr, spans_segment(&spans, UINT64_MAX), NULL));
}

Test(spans, huge_blocks_are_found_after_others_have_gone) {
    enum { COUNT = 500 };
    struct span *huge[COUNT];
    for (uint64_t i = 0; i < COUNT; i++)
        huge[i] = spans_add_huge(&spans, SPAN_HUGE_BIT + i * 64, 1 << 20);
    cr_expect(eq(ptr, spans_add_huge(&spans, SPAN_HUGE_BIT, 1), NULL));
    cr_expect(eq(ptr, spans_add_huge(&spans, 5, 1), NULL));

    for (int i = 0; i < COUNT; i += 3)
        take(huge[i]);

    for (uint64_t i = 0; i < COUNT; i++)
        cr_expect(eq(ptr, spans_find(&spans, SPAN_HUGE_BIT + i * 64),
                     i % 3 ? huge[i] : NULL));
    cr_expect(eq(sz, spans.huge_count, COUNT - (COUNT + 2) / 3));
}

Test(spans, live_blocks_pin_what_is_free_beside_them) {
    struct span span = {.bytes = 65536, .block_bytes = 1000, .live = 5};

    cr_expect(eq(u64, span_pinned(&span), 65536 - 5000));
    span.decommitted = 61000;
    cr_expect(eq(u64, span_pinned(&span), 0));
    span.decommitted = span.live = 0;
    cr_expect(eq(u64, span_pinned(&span), 0));
}

Test(spans, slots_are_told_of_as_far_as_blocks_were_there) {
    struct span *span = spans_add_segment(&spans, 0, 1, 65536)->spans;
    span->blocks = 4088;

    cr_expect(not(span_has(span, 4000)));
    cr_expect(eq(u32, span_last_stack(span, 4000), SLOT_NEVER));
    cr_expect(eq(u32, span->slot_capacity, 0));
    *spans_slot(&spans, span, 300) = (struct slot){.birth = 5, .stack = 7};

    cr_expect(span_has(span, 300));
    cr_expect(not(span_has(span, 299)));
    cr_expect(eq(u32, span_last_stack(span, 299), SLOT_NEVER));
    cr_expect(eq(u32, span->touched, 301));
    cr_expect(span->slot_capacity < 1024);
}

Test(spans, a_segment_that_was_taken_out_can_be_put_back) {
    struct segment *segment = spans_add_segment(&spans, 5, 8, 65536);
    segment->address = 0x1000;
    segment->spans[2].blocks = 1;
    *spans_slot(&spans, &segment->spans[2], 0) = (struct slot){.birth = 9};

    struct segment taken = spans_take_segment(&spans, 5);
    cr_expect(eq(ptr, spans_find(&spans, 5 * 64 + 2), NULL));
    spans_put_segment(&spans, 5, &taken);

    cr_assert(ne(ptr, spans_find(&spans, 5 * 64 + 2), NULL));
    cr_expect(span_has(spans_find(&spans, 5 * 64 + 2), 0));
    cr_expect(eq(u64, spans_segment(&spans, 5)->address, 0x1000));
}
