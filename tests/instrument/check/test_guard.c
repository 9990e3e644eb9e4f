// test_guard.c - tests instrument/check/guard.c.
#include "instrument/check/guard.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

enum { BYTES = 40 };

Test(guard, finds_each_byte_wherever_it_is) {
    uint8_t bytes[BYTES];

    for (size_t i = 0; i < BYTES; i++) {
        memset(bytes, RP_FILL_GUARD, sizeof bytes);
        bytes[i] ^= 1;
        cr_assert(eq(sz, rp_guard_intact(bytes, BYTES, RP_FILL_GUARD), i));
        cr_assert(
            eq(sz, rp_guard_damage_end(bytes, BYTES, RP_FILL_GUARD), i + 1));
    }
}

Test(guard, finds_nothing_where_nothing_is) {
    uint8_t bytes[BYTES];
    memset(bytes, RP_FILL_FREED, sizeof bytes);

    for (size_t length = 0; length <= BYTES; length++) {
        cr_assert(
            eq(sz, rp_guard_intact(bytes, length, RP_FILL_FREED), length));
        cr_assert(zero(sz, rp_guard_damage_end(bytes, length, RP_FILL_FREED)));
    }
}

Test(guard, bytes_are_whole_when_all_are_and_no_other_is_filled) {
    uint8_t bytes[RP_GUARD_SHORT + 40];

    for (size_t length = 1; length <= sizeof bytes - 2; length++) {
        memset(bytes, 0, sizeof bytes);
        rp_guard_fill(bytes + 1, length, RP_FILL_GUARD);

        cr_assert(rp_guard_is_whole(bytes + 1, length, RP_FILL_GUARD));
        cr_assert(zero(u8, bytes[0]));
        cr_assert(zero(u8, bytes[length + 1]));
        for (size_t i = 1; i <= length; i++) {
            bytes[i] ^= 1;
            cr_assert(not(rp_guard_is_whole(bytes + 1, length, RP_FILL_GUARD)));
            bytes[i] ^= 1;
        }
    }
    cr_assert(rp_guard_is_whole(bytes, 0, RP_FILL_GUARD));
}
