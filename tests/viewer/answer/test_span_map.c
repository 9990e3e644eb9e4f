// test_span_map.c - each span of a tiny trace, and who keeps it.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/span_map.h"

static struct trace_builder b;
static struct answer *a;
static struct failure failure;
static uint32_t first, second; // stacks

// A segment of 64 spans: two of blocks of 1,000 bytes, a large block of three,
// a span in each cache, one without a block, one that waits.
static void begin(void) {
    trace_builder_start(&b);
    first = trace_builder_stack(&b, 0, 0x1000);
    second = trace_builder_stack(&b, 0, 0x2000);
    BUILD(&b, 1, 100, HEAP_CREATE, 1);
    BUILD(&b, 1, 100, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    for (uint64_t span = 0; span < 4; span++)
        BUILD(&b, 1, 100, SPAN_ACQUIRE, span, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 101, ALLOC, first, 1000, 0, 0);
    BUILD(&b, 1, 150, ALLOC, first, 800, 0, 5);
    BUILD(&b, 1, 160, ALLOC, second, 900, 0, 6);
    BUILD(&b, 1, 170, ALLOC, second, 900, 0, 7);
    BUILD(&b, 1, 171, FREE, 0, 7);
    BUILD(&b, 1, 180, ALLOC, second, 500, 1, 0);
    BUILD(&b, 1, 190, ALLOC, second, 500, 3, 0);
    BUILD(&b, 2, 191, FREE_DEFERRED, 3, 0);
    BUILD(&b, 1, 200, SPAN_ACQUIRE, 8, 3, 1, TRACE_CLASS_LARGE,
          TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 201, ALLOC, first, 150000, 8, 0);
    BUILD(&b, 1, 202, SPAN_TRANSFER, 20, 1, 1, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_GLOBAL_CACHE);
    BUILD(&b, 1, 203, SPAN_TRANSFER, 21, 1, 1, TRACE_PLACE_SEGMENT,
          TRACE_PLACE_THREAD_CACHE);
    BUILD(&b, 1, 204, HUGE_MAP, 0x80000001, 0x900000, 1 << 20);
    BUILD(&b, 1, 205, ALLOC, first, 1000000, 0x80000001, 0);
    BUILD(&b, 1, 301, MARK, 0);
    trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
}

static void end(void) {
    answer_free(a);
    trace_builder_free(&b);
}

TestSuite(span_map, .init = begin, .fini = end);

static uint64_t address_of(uint32_t site) {
    return site == ANSWER_NONE ? 0 : a->sites[site].where.offset;
}

Test(span_map, has_every_span_with_what_it_is_used_for) {
    static const struct {
        size_t span;
        int kind;
    } expected[] = {
        {0, SPAN_OF_BLOCKS},     {1, SPAN_OF_BLOCKS},   {2, SPAN_KEPT_EMPTY},
        {3, SPAN_WAITS},         {4, SPAN_UNUSED},      {8, SPAN_OF_LARGE},
        {9, SPAN_MORE_LARGE},    {10, SPAN_MORE_LARGE}, {20, SPAN_GLOBAL_CACHE},
        {21, SPAN_THREAD_CACHE}, {64, SPAN_OF_LARGE}};

    cr_assert(eq(sz, a->span_count, 65));
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        cr_expect(eq(int, a->spans[expected[i].span].kind, expected[i].kind),
                  "span %d", (int)expected[i].span);
    cr_expect(eq(u32, a->spans[0].live, 3));
    cr_expect(eq(u64, a->spans[0].used_bytes, 1000 + 800 + 900));
    cr_expect(eq(u64, a->spans[0].free_bytes, 65536 - 3000));
    cr_expect(eq(u32, a->spans[64].segment, ANSWER_NONE));
    cr_expect(eq(u32, a->spans[8].run, 3));
}

Test(span_map, its_free_bytes_are_what_the_pins_share_out) {
    uint64_t sum = 0;
    for (size_t i = 0; i < a->span_count; i++)
        sum += a->spans[i].free_bytes;

    cr_expect(eq(u64, sum, a->free_block_bytes));
}

Test(span_map, blocks_of_a_span_have_site_and_size_and_who_was_there) {
    size_t count;
    const struct answer_block *blocks = span_blocks(a, 0, &count);

    cr_assert(eq(sz, count, 64));
    cr_expect(blocks[5].live);
    cr_expect(eq(u64, blocks[5].wanted, 800));
    cr_expect(eq(u64, address_of(blocks[5].site), 0x1000));
    cr_expect(eq(u64, blocks[5].birth_ns - blocks[0].birth_ns, 49));
    cr_expect(not(blocks[7].live)); // freed: who was there
    cr_expect(eq(u64, address_of(blocks[7].site), 0x2000));
    cr_expect(not(blocks[8].live));
    cr_expect(eq(u32, blocks[8].site, ANSWER_NONE));
}

Test(span_map, tenants_of_a_span_and_of_its_segment_are_counted) {
    size_t tenants;
    const struct answer_tenant *list = span_tenants(a, 0, 1, &tenants);
    cr_assert(eq(sz, tenants, 2));
    cr_expect(eq(u64, address_of(list[0].site), 0x1000));
    cr_expect(eq(u64, list[0].blocks, 2));
    cr_expect(eq(u64, list[0].bytes, 1800));
    cr_expect(eq(u64, list[1].blocks, 1));

    size_t count, from = span_segment(a, 10, &count);
    cr_expect(eq(sz, from, 0));
    cr_expect(eq(sz, count, 64));
    list = span_tenants(a, from, count, &tenants);
    cr_assert(eq(sz, tenants, 2));
    cr_expect(eq(u64, list[0].blocks, 3)); // the large one, too
    cr_expect(eq(u64, list[0].bytes, 1800 + 150000));
    cr_expect(eq(u64, list[1].blocks, 2));

    from = span_segment(a, 64, &count); // huge
    cr_expect(eq(sz, from, 64));
    cr_expect(eq(sz, count, 1));
}

Test(span_map, a_look_at_a_span_tells_ages_and_who_has_most) {
    const struct answer_span *span = span_look_at(a, 0);

    cr_expect(eq(u64, span->newest_ns - span->oldest_ns, 59));
    cr_expect(eq(u64, address_of(span->site), 0x1000));
    cr_expect(eq(u32, span_look_at(a, 3)->site, ANSWER_NONE));
}
