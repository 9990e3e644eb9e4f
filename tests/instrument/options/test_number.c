// test_number.c - tests instrument/options/number.c.
#include "instrument/options/number.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(number, of_a_time_is_in_seconds_or_has_a_unit) {
    uint64_t ns;

    cr_assert(rp_number_time("30s", &ns) && ns == UINT64_C(30000000000));
    cr_assert(rp_number_time("5", &ns) && ns == UINT64_C(5000000000));
    cr_assert(rp_number_time("250ms", &ns) && ns == 250000000);
    cr_assert(rp_number_time("1440m", &ns) && ns == UINT64_C(86400000000000));
    cr_assert_not(rp_number_time("1441m", &ns));
    cr_assert_not(rp_number_time("0s", &ns));
    cr_assert_not(rp_number_time("s", &ns));
    cr_assert_not(rp_number_time("3x", &ns));
}

Test(number, of_bytes_has_a_suffix_or_none) {
    uint64_t bytes;
    const char *end;

    cr_assert(rp_number_bytes("12", &bytes, &end) && bytes == 12 && *end == 0);
    cr_assert(rp_number_bytes("12K,", &bytes, &end) && bytes == 12 << 10);
    cr_assert(eq(chr, *end, ','));
    cr_assert(rp_number_bytes("1024G", &bytes, &end));
    cr_assert(eq(u64, bytes, UINT64_C(1) << 40));
    cr_assert_not(rp_number_bytes("1025G", &bytes, &end));
    cr_assert_not(rp_number_bytes("K", &bytes, &end));
    cr_assert_not(rp_number_bytes("99999999999999999999", &bytes, &end));
}

Test(number, that_is_whole_ends_with_the_text) {
    uint64_t number;

    cr_assert(rp_number_whole("4711", 10, UINT32_MAX, &number));
    cr_assert(eq(u64, number, 4711));
    cr_assert(rp_number_whole("ffffffffffffffff", 16, UINT64_MAX, &number));
    cr_assert(eq(u64, number, UINT64_MAX));
    cr_assert_not(rp_number_whole("4711 ", 10, UINT32_MAX, &number));
    cr_assert_not(rp_number_whole("4711", 10, 4710, &number));
    cr_assert_not(rp_number_whole("1a", 10, UINT32_MAX, &number));
    cr_assert_not(rp_number_whole("", 10, UINT32_MAX, &number));
}
