// test_column.c - numbers are what was written, in few bytes, and nothing that
// is no column is taken for one.
#include "viewer/index/column.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

enum { MOST = 600, ROUNDS = 4000 };

static uint8_t bytes[COLUMN_MOST(MOST, 64) + COLUMN_BEHIND];
static uint64_t numbers[MOST], read[MOST];

static uint64_t random_bits(unsigned bits) {
    uint64_t number =
        (uint64_t)rand() << 62 ^ (uint64_t)rand() << 31 ^ (uint64_t)rand();
    return bits == 0 ? 0 : number >> (64 - bits);
}

// Some of `bits` and, one in `seldom` of them, of `more`.
static uint32_t some(unsigned bits, unsigned more, int seldom) {
    uint32_t count = (uint32_t)(rand() % MOST);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = random_bits(rand() % seldom == 0 ? more : bits);
    return count;
}

Test(column, numbers_come_back_and_take_no_more_room_than_was_said) {
    srand(3);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned bits = (unsigned)(rand() % 65), more = (unsigned)rand() % 65;
        uint32_t count = some(bits, more, 1 + rand() % 60);
        unsigned most = bits > more ? bits : more;
        most = most > COLUMN_WIDE ? 64 : most;
        memset(bytes, rand(), sizeof bytes);

        uint8_t *end = column_put(bytes, numbers, count);

        struct bytes left = {bytes, end};
        cr_assert(le(sz, (size_t)(end - bytes), COLUMN_MOST(count, most)));
        cr_assert(column_take(&left, read, count));
        cr_assert(eq(sz, bytes_left(&left), 0));
        cr_assert(memcmp(read, numbers, count * sizeof *read) == 0,
                  "%u numbers of %u and %u bits", count, bits, more);
    }
}

Test(column, few_that_are_large_do_not_make_all_wide) {
    for (uint32_t i = 0; i < MOST; i++)
        numbers[i] = i % 8;
    numbers[MOST / 2] = numbers[MOST - 1] = UINT64_MAX;

    uint8_t *end = column_put(bytes, numbers, MOST);

    cr_expect(lt(sz, (size_t)(end - bytes), MOST * 3 / 8 + 32));
}

Test(column, equal_numbers_of_no_bits_take_a_byte) {
    memset(numbers, 0, sizeof numbers);

    cr_expect(eq(ptr, column_put(bytes, numbers, MOST), bytes + 1));
}

Test(column, what_is_cut_off_is_refused) {
    srand(4);
    for (int round = 0; round < ROUNDS / 10; round++) {
        uint32_t count = 1 + some((unsigned)rand() % 40, 64, 20);
        numbers[count - 1] = 1;
        uint8_t *end = column_put(bytes, numbers, count);
        for (uint8_t *cut = bytes; cut < end; cut++) {
            struct bytes left = {bytes, cut};
            cr_assert(not(column_take(&left, read, count)));
        }
    }
}

// A width that none has, a list that leads out of the column or says bits that
// no number has.
Test(column, what_is_none_is_refused) {
    static const uint8_t nonsense[][6] = {
        {57},
        {65},
        {64 | COLUMN_HIGH},
        {8 | COLUMN_HIGH, 1, 2, 3, 0, 0}, // more in the list than numbers
        {8 | COLUMN_HIGH, 1, 2, 1, 2, 1}, // behind the last
    };
    uint8_t wide[16] = {56 | COLUMN_HIGH, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x80, 2};

    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        memset(bytes, 0, sizeof bytes);
        memcpy(bytes, nonsense[i], sizeof nonsense[i]);
        struct bytes left = {bytes, bytes + sizeof bytes - COLUMN_BEHIND};
        cr_expect(not(column_take(&left, read, 2)), "%zu", i);
    }
    struct bytes left = {wide, wide + sizeof wide - COLUMN_BEHIND + 4};
    cr_expect(not(column_take(&left, read, 1)), "a number of 65 bits");
}
