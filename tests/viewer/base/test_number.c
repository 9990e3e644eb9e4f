// test_number.c - numbers as people read them.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "viewer/base/number.h"

#define IS(call, expected)                                                     \
    do {                                                                       \
        struct number n_ = call;                                               \
        cr_assert_str_eq(n_.text, expected);                                   \
    } while (0)

Test(number, signals_have_their_name_where_there_is_one) {
    IS(number_signal(9), "9 (SIGKILL)");
    IS(number_signal(11), "11 (SIGSEGV)");
    IS(number_signal(63), "63"); // a real-time signal
}

Test(number, bytes_have_three_digits_and_a_unit) {
    IS(number_iec(0), "0 B");
    IS(number_iec(160), "160 B");
    IS(number_iec(1023), "1023 B");
    IS(number_iec(1024), "1.00 KiB");
    IS(number_iec(13002342), "12.4 MiB");
    IS(number_iec(512u << 20), "512 MiB");
    IS(number_iec(UINT64_MAX), "16.0 EiB");
}

Test(number, bytes_keep_their_unit_until_1024) {
    IS(number_iec(1016u << 20), "1016 MiB");
    IS(number_iec((1u << 30) - 1), "1.00 GiB");
}

Test(number, bytes_may_be_negative) {
    IS(number_iec_signed(-1536), "-1.50 KiB");
    IS(number_iec_signed(INT64_MIN), "-8.00 EiB");
}

Test(number, units_are_a_choice) {
    IS(number_bytes(1u << 20, UNIT_IEC, 2u << 20), "1.00 MiB");
    IS(number_bytes(1u << 20, UNIT_BYTES, 2u << 20), "1,048,576");
    IS(number_bytes(1u << 20, UNIT_PERCENT, 2u << 20), "50.0 %");
}

Test(number, exact_numbers_have_commas) {
    IS(number_exact(0), "0");
    IS(number_exact(999), "999");
    IS(number_exact(1000), "1,000");
    IS(number_exact(12345678), "12,345,678");
    IS(number_exact(UINT64_MAX), "18446744073709551615");
}

Test(number, counts_are_short_beyond_ten_thousand) {
    IS(number_count(9999), "9,999");
    IS(number_count(14902), "14.9 k");
    IS(number_count(999999), "1.00 M");
    IS(number_count(500120000), "500 M");
}

Test(number, what_is_not_zero_is_never_shown_as_zero) {
    IS(number_percent(1, 1e9), "<0.1 %");
    IS(number_ratio(1, 1e9), "<0.01");
    IS(number_time(3), "3 ns");
}

Test(number, what_does_not_apply_is_a_dash) {
    IS(number_percent(0, 0), "-");
    IS(number_ratio(5, 0), "-");
}

Test(number, percents_have_one_decimal) {
    IS(number_percent(0, 5), "0 %");
    IS(number_percent(1, 8), "12.5 %");
    IS(number_percent(5, 5), "100 %");
    IS(number_percent(15, 5), "300 %");
}

Test(number, ratios_have_three_digits) {
    IS(number_ratio(512, 187), "2.74");
    IS(number_ratio(612, 10), "61.2");
    IS(number_ratio(0, 10), "0");
    IS(number_ratio(2000000, 1), "2.00 M");
    IS(number_ratio(1e40, 1), number_count(1000000000000000000).text);
}

Test(number, times_have_the_unit_that_fits) {
    IS(number_time(0), "0 ns");
    IS(number_time(1500), "1.50 us");
    IS(number_time(41300000000), "41.3 s");
    IS(number_time(200000000000), "3 min 20 s");
    IS(number_time(7500000000000), "2 h 05 min");
}
