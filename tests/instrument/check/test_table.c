// test_table.c - tests instrument/check/table.c.
#include "instrument/check/table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

enum { FRONT = 16, OWNER = 3 };

// Addresses that nothing looks at.
static struct rp_place_of_block place_of(uintptr_t span, uint32_t index,
                                         size_t bytes) {
    uintptr_t first = span + 128;
    return (struct rp_place_of_block){.block = (void *)(first + index * bytes),
                                      .bytes = bytes,
                                      .first = (void *)first,
                                      .span = 7,
                                      .index = index,
                                      .count = (uint32_t)(65408 / bytes),
                                      .heap = 1};
}

static struct rp_check_block *make(const struct rp_place_of_block *place) {
    struct rp_check_block *block = rp_table_place(place, FRONT, OWNER);
    store_relaxed(&block->word, (uint64_t)RP_BLOCK_LIVE << 56 | 10);
    return block;
}

Test(table, finds_a_block_by_any_address_in_it) {
    struct rp_place_of_block place = place_of(0x7f0000450000, 5, 64);
    struct rp_check_block *block = make(&place);
    char *start = place.block;

    for (int i = 0; i < 64; i++)
        cr_assert(eq(ptr, rp_table_find(start + i).block, block));
    struct rp_check_found found = rp_table_find(start + FRONT);
    cr_assert(eq(ptr, (void *)found.start, start));
    cr_assert(eq(ptr, (void *)found.pointer, start + FRONT));
    cr_assert(ne(ptr, rp_table_find(start + 64).block, block));
    cr_assert(eq(ptr, rp_table_find((void *)0x7f0000990000).span, NULL));
    cr_assert(eq(ptr, rp_table_find((void *)0xffff800000001230).span, NULL));
}

Test(table, finds_a_large_block_from_the_middle_when_it_searches) {
    struct rp_place_of_block place = {.block = (void *)0x7f0000450080,
                                      .bytes = 1000000,
                                      .first = (void *)0x7f0000450080,
                                      .count = 1,
                                      .is_single = 1};
    struct rp_check_block *block = make(&place);
    char *middle = (char *)place.block + 500000;

    cr_assert(eq(ptr, rp_table_find((char *)place.block + FRONT).block, block));
    cr_assert(eq(ptr, rp_table_find(middle).span, NULL));
    cr_assert(eq(ptr, rp_table_search(middle).block, block));
}

Test(table, knows_a_freed_block_until_its_place_is_of_another_size) {
    struct rp_place_of_block place = place_of(0x7f0000450000, 5, 64);
    struct rp_place_of_block other = place_of(0x7f0000450000, 0, 128);
    struct rp_check_block *block = make(&place);

    cr_assert(eq(ptr, make(&place), block)); // again
    make(&other);
    cr_assert(ne(ptr, rp_table_find(place.block).block, block));
    cr_assert(eq(sz, rp_table_find(place.block).span->bytes, 128));
}

Test(table, uses_room_again) {
    struct rp_place_of_block small = place_of(0x7f0000450000, 0, 64);
    struct rp_place_of_block large = place_of(0x7f0000450000, 0, 1024);
    int spans = 0;

    for (int i = 0; i < 100; i++) {
        make(&small);
        make(&large);
    }
    for (struct rp_check_span *s = rp_table_spans(); s != NULL; s = s->next)
        spans++;
    cr_assert(eq(int, spans, 2));
}

Test(table, finds_each_block_of_each_size_by_its_last_byte) {
    for (size_t bytes = 16; bytes <= 32768; bytes += 16) {
        struct rp_place_of_block place = place_of(0x7f0000450000, 0, bytes);
        struct rp_check_block *block = make(&place);

        for (size_t i = 0; i < place.count; i++) {
            struct rp_check_found found =
                rp_table_find((char *)place.first + (i + 1) * bytes - 1);
            cr_assert(eq(ptr, found.block, block + i));
            cr_assert(
                eq(ptr, (void *)found.start, (char *)place.first + i * bytes));
        }
        char *end = (char *)place.first + place.count * bytes;
        cr_assert(eq(ptr, rp_table_find(end).block, NULL));
        cr_assert(eq(ptr, rp_table_find((char *)place.first - 1).block, NULL));
    }
}

Test(table, a_place_that_is_used_again_knows_nothing_of_before) {
    struct rp_place_of_block small = place_of(0x7f0000450000, 3, 64);
    struct rp_place_of_block large = place_of(0x7f0000450000, 0, 1024);
    make(&small);
    make(&large);

    struct rp_check_block *block = rp_table_place(&small, FRONT, OWNER);

    cr_assert(zero(u64, load_relaxed(&block->word)));
}
