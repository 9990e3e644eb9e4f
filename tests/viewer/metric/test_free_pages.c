// test_free_pages.c - pages without a block, by hand.
#include "viewer/metric/free_pages.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { SPAN = 65536, PAGE = 4096, BLOCK = 64, BLOCKS = SPAN / BLOCK };

static struct trace_tables tables;
static struct heap heap;
static struct span *span;

static void begin(void) {
    heap = (struct heap){
        .tables = &tables, .span_bytes = SPAN, .page_bytes = PAGE};
    spans_start(&heap.spans, NULL, 64);
    struct segment *segment = spans_add_segment(&heap.spans, 0, 1, SPAN);
    segment->span_address = UINT64_C(1) << 30;
    span = segment->spans;
    span->place = SPAN_IN_HEAP;
    span->state = TRACE_SPAN_PARTIAL;
    span->run = 1;
    span->block_bytes = BLOCK;
    span->blocks = BLOCKS;
}

static void end(void) {
    spans_free(&heap.spans);
}

// A block that lived there.
static struct slot *lived(uint32_t block) {
    struct slot *slot = spans_slot(&heap.spans, span, block);
    slot->birth = SLOT_FREE;
    slot->stack = 1;
    return slot;
}

static void lives(uint32_t block) {
    lived(block)->birth = 0;
    span->live++;
}

TestSuite(free_pages, .init = begin, .fini = end);

Test(free_pages, a_block_keeps_its_page_and_no_other) {
    lived(BLOCKS - 1);
    lives(PAGE / BLOCK);

    cr_expect(eq(u64, free_pages_held(&heap), SPAN - PAGE));
}

Test(free_pages, a_block_may_lie_on_two) {
    span->block_bytes = 96;
    span->blocks = SPAN / 96;
    lived(span->blocks - 1);
    lives(127); // bytes 12,224 to 12,319, with the header of 32

    cr_expect(eq(u64, free_pages_held(&heap), SPAN - 3 * PAGE),
              "that of the header, and those of the block");
}

Test(free_pages, those_that_never_had_a_block_or_have_gone_are_not_counted) {
    lives(0);
    lived(4 * PAGE / BLOCK - 1);
    span->decommitted = PAGE;

    cr_expect(eq(u64, free_pages_held(&heap), 2 * PAGE));
}

Test(free_pages, one_that_is_allocated_from_keeps_all) {
    lived(BLOCKS - 1);
    lives(0);
    span->state = TRACE_SPAN_ACTIVE;

    cr_expect(eq(u64, free_pages_held(&heap), 0));
}
