// test_crc32c.c - the checksum is Castagnoli's, by instruction and by tables.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "viewer/base/crc32c.h"

Test(crc32c, is_that_of_the_standard) {
    cr_expect(eq(u32, crc32c("123456789", 9), 0xe3069283));
    cr_expect(eq(u32, crc32c_by_tables("123456789", 9), 0xe3069283));
    cr_expect(eq(u32, crc32c("", 0), 0));
}

Test(crc32c, is_the_same_by_tables_at_any_place_and_length) {
    uint8_t bytes[96];
    srand(7);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)rand();
    for (size_t at = 0; at < 9; at++)
        for (size_t size = 0; at + size <= sizeof bytes; size++)
            cr_assert(eq(u32, crc32c(bytes + at, size),
                         crc32c_by_tables(bytes + at, size)));
}
