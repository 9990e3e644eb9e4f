// test_outgoing.c - blocks of other heaps, gathered by span on their way back.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "core/span/outgoing.h"

#include <stdlib.h>
#include <string.h>

enum { SPANS = 2 * OUTGOING_SPANS, SIZE = 1024 };

static struct outgoing table;
static char *memory; // SPANS spans in a row
static struct outgoing_chain due;

static struct span *span_at(size_t index) {
    return (struct span *)(memory + index * SPAN_BYTES);
}

static void begin(void) {
    memory = aligned_alloc(SPAN_BYTES, (size_t)SPANS * SPAN_BYTES);
    cr_assert(ne(ptr, memory, NULL));
    for (size_t i = 0; i < SPANS; ++i) {
        memset(span_at(i), 0, SPAN_HEADER);
        span_at(i)->block_bytes = SIZE;
        span_at(i)->reciprocal = UINT32_MAX / SIZE + 1;
        span_at(i)->memory = (char *)span_at(i);
        span_at(i)->number = (uint32_t)i;
    }
}

static void end(void) {
    free(memory);
}

TestSuite(outgoing, .init = begin, .fini = end);

// 1: a chain is due.
static int add(size_t span, uint32_t block) {
    struct block *added = span_block(span_at(span), block);

    return !outgoing_add(&table, span_at(span), added) &&
           outgoing_begin(&table, span_at(span), added, &due);
}

static uint32_t length(const struct outgoing_chain *chain) {
    uint32_t count = 1;

    for (struct block *b = chain->first; b != chain->last; b = b->next)
        ++count;
    return count;
}

Test(outgoing, blocks_of_a_span_wait_until_they_are_many) {
    uint32_t most = OUTGOING_BYTES / SIZE;

    for (uint32_t i = 0; i < most; ++i)
        cr_assert(zero(int, add(0, i)));
    cr_assert(eq(int, add(0, most), 1));

    cr_assert(eq(ptr, due.span, span_at(0)));
    cr_assert(eq(uint, outgoing_count(&due), most));
    cr_assert(eq(uint, length(&due), most));
    cr_assert(eq(uint, outgoing_count(outgoing_find(&table, span_at(0))), 1));
}

Test(outgoing, another_span_in_the_same_place_drives_a_chain_out) {
    add(0, 1);
    add(0, 2);

    cr_assert(eq(int, add(OUTGOING_SPANS, 7), 1));

    cr_assert(eq(ptr, due.span, span_at(0)));
    cr_assert(eq(uint, length(&due), 2));
    cr_assert(eq(uint,
                 outgoing_count(outgoing_find(&table, span_at(OUTGOING_SPANS))),
                 1));
}

Test(outgoing, who_goes_from_span_to_span_seldom_drives_a_chain_out) {
    int yields = 0;
    cr_assert(outgoing_yields(&table, span_at(0)));
    add(0, 1);
    cr_assert(outgoing_yields(&table, span_at(0)));

    for (int i = 0; i < 10 * OUTGOING_TURNS; ++i)
        yields += outgoing_yields(&table, span_at(OUTGOING_SPANS));

    cr_assert(eq(int, yields, 10));
    cr_assert(outgoing_yields(&table, span_at(1)));
}

Test(outgoing, a_block_that_is_longer_than_a_chain_may_be_is_one) {
    span_at(0)->block_bytes = 32768;
    span_at(0)->reciprocal = UINT32_MAX / 32768 + 1;

    cr_assert(zero(int, add(0, 0)));
    cr_assert(eq(int, add(0, 1), 1));
    cr_assert(eq(uint, outgoing_count(&due), 1));
}

Test(outgoing, spans_in_different_places_do_not_meet) {
    for (size_t i = 0; i < OUTGOING_SPANS; ++i)
        cr_assert(zero(int, add(i, 1)));
    for (size_t i = 0; i < OUTGOING_SPANS; ++i)
        cr_assert(
            eq(uint, outgoing_count(outgoing_find(&table, span_at(i))), 1));
}

Test(outgoing, every_chain_is_taken_out_once) {
    static int seen[SPANS];
    size_t blocks = 0;
    for (size_t i = 0; i < OUTGOING_SPANS; i += 3)
        for (uint32_t block = 0; block < 1 + i % 5; ++block, ++blocks)
            add(i, block);

    struct outgoing_chain taken;
    while (outgoing_take(&table, &taken)) {
        size_t index = ((size_t)taken.span - (size_t)memory) / SPAN_BYTES;
        cr_assert(zero(int, seen[index]++));
        cr_assert(eq(uint, length(&taken), outgoing_count(&taken)));
        blocks -= outgoing_count(&taken);
    }

    cr_assert(zero(sz, blocks));
    cr_assert(zero(int, outgoing_take(&table, &taken)));
}

Test(outgoing, a_chain_that_left_is_not_taken_out_again) {
    for (uint32_t i = 0; i <= OUTGOING_BYTES / SIZE; ++i)
        add(0, i);

    cr_assert(eq(int, outgoing_take(&table, &due), 1));
    cr_assert(eq(uint, outgoing_count(&due), 1));
    cr_assert(zero(int, outgoing_take(&table, &due)));
}
