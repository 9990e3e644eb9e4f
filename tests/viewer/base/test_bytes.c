// test_bytes.c - numbers of one byte to ten, at the end of what there is and
// before more of it.
#include "viewer/base/bytes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/base/varint.h"

enum { BEHIND = 9 }; // bytes behind a number

// All numbers of so many bits that border on those of another length.
static size_t some_numbers(uint64_t *numbers) {
    size_t count = 0;
    for (unsigned bits = 0; bits < 64; bits++) {
        uint64_t power = UINT64_C(1) << bits;
        numbers[count++] = power - 1;
        numbers[count++] = power;
        numbers[count++] = power | 0x2a;
    }
    numbers[count++] = UINT64_MAX;
    return count;
}

Test(bytes, a_number_is_what_was_written_whatever_stands_behind_it) {
    uint64_t numbers[3 * 64 + 1], value;
    size_t count = some_numbers(numbers);
    for (size_t i = 0; i < count; i++) {
        for (size_t behind = 0; behind <= BEHIND; behind++) {
            uint8_t bytes[VARINT_MOST + BEHIND];
            memset(bytes, 0xff, sizeof bytes);
            uint8_t *end = varint_put(bytes, numbers[i]);
            struct bytes left = {bytes, end + behind};

            bool whole = bytes_varint(&left, &value);

            cr_assert(whole);
            cr_assert(eq(u64, value, numbers[i]));
            cr_assert(eq(sz, bytes_left(&left), behind));
        }
    }
}

Test(bytes, a_number_that_ends_too_early_is_none) {
    uint64_t numbers[3 * 64 + 1], value = 7;
    size_t count = some_numbers(numbers);
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[VARINT_MOST];
        struct bytes left = {bytes, varint_put(bytes, numbers[i]) - 1};

        cr_assert(not(bytes_varint(&left, &value)));
        cr_assert(eq(u64, value, 7));
    }
}

Test(bytes, bits_beyond_64_are_refused) {
    uint8_t bytes[VARINT_MOST + BEHIND];
    memset(bytes, 0xff, sizeof bytes);
    bytes[VARINT_MOST - 1] = 2;
    struct bytes left = {bytes, bytes + sizeof bytes};
    uint64_t value;

    cr_expect(not(bytes_varint(&left, &value)));
    bytes[VARINT_MOST - 1] = 0x81; // an eleventh byte
    cr_expect(not(bytes_varint(&left, &value)));
}
