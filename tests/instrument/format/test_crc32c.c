// test_crc32c.c - tests instrument/format/crc32c.c.
#include "instrument/format/crc32c.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(crc32c, of_the_usual_check_is_the_known_one) {
    cr_assert(eq(u32, rp_crc32c(0, "123456789", 9), 0xe3069283));
}

// The examples of RFC 3720, section B.4.
Test(crc32c, of_the_examples_of_iscsi_are_the_known_ones) {
    unsigned char bytes[32];

    memset(bytes, 0, sizeof bytes);
    cr_assert(eq(u32, rp_crc32c(0, bytes, sizeof bytes), 0x8a9136aa));
    memset(bytes, 0xff, sizeof bytes);
    cr_assert(eq(u32, rp_crc32c(0, bytes, sizeof bytes), 0x62a8ab43));
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    cr_assert(eq(u32, rp_crc32c(0, bytes, sizeof bytes), 0x46dd794e));
}

Test(crc32c, of_nothing_is_nothing) {
    cr_assert(eq(u32, rp_crc32c(0, "", 0), 0));
}

Test(crc32c, goes_on_where_it_stopped) {
    uint32_t crc = rp_crc32c(0, "1234", 4);

    cr_assert(eq(u32, rp_crc32c(crc, "56789", 5), 0xe3069283));
}

Test(crc32c, is_the_same_with_and_without_the_instruction) {
    unsigned char bytes[300];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
    for (unsigned from = 0; from < 9; from++) {
        for (unsigned size = 0; size + from < sizeof bytes; size++)
            cr_assert(eq(u32, rp_crc32c(size, bytes + from, size),
                         rp_crc32c_portable(size, bytes + from, size)));
    }
}
