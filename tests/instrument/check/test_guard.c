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
