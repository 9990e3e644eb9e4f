// test_escape.c - texts from outside do nothing to a terminal.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "viewer/base/crc32c.h"
#include "viewer/base/escape.h"
#include "viewer/base/fail.h"

static char *escaped(const char *text) {
    static char out[256];
    escape_text(out, sizeof out, text);
    return out;
}

#define TEXT(text) ((char *)(text))

Test(escape, plain_text_stays_as_it_is) {
    cr_expect(eq(str, escaped("session_new"), TEXT("session_new")));
    cr_expect(eq(str, escaped("s\303\244tze \342\202\254 \360\237\231\202"),
                 TEXT("s\303\244tze \342\202\254 \360\237\231\202")));
}

Test(escape, controls_are_shown_as_escapes) {
    cr_expect(
        eq(str, escaped("\033[31mred\033[0m"), TEXT("\\x1b[31mred\\x1b[0m")));
    cr_expect(eq(str, escaped("a\nb\tc\r"), TEXT("a\\nb\\tc\\x0d")));
    cr_expect(eq(str, escaped("\x7f"), TEXT("\\x7f")));
    cr_expect(eq(str,
                 escaped("\302\233"
                         "0m"),
                 TEXT("\\x9b0m")));
}

Test(escape, what_turns_text_around_is_shown) {
    cr_expect(eq(str, escaped("a\342\200\256b"), TEXT("a\\u{202e}b")));
    cr_expect(eq(str, escaped("a\342\200\213b"), TEXT("a\\u{200b}b")));
}

Test(escape, what_is_not_utf8_is_shown_byte_by_byte) {
    cr_expect(eq(str, escaped("\xff"), TEXT("\\xff")));
    cr_expect(eq(str, escaped("\xc0\xaf"), TEXT("\\xc0\\xaf"))); // overlong
    cr_expect(
        eq(str, escaped("\xed\xa0\x80"), TEXT("\\xed\\xa0\\x80"))); // half
    cr_expect(eq(str, escaped("\xe2\x82"), TEXT("\\xe2\\x82")));    // cut
    cr_expect(
        eq(str, escaped("\xf4\x90\x80\x80"), TEXT("\\xf4\\x90\\x80\\x80")));
}

Test(escape, a_result_that_does_not_fit_is_cut_at_a_whole_character) {
    char out[6];

    size_t need = escape_text(out, sizeof out, "abc\033def");

    cr_expect(eq(sz, need, 10));
    cr_expect(eq(str, out, TEXT("abc")));
}

Test(escape, a_sentence_of_failure_is_escaped_too) {
    struct failure failure;

    cr_expect(not(fail(&failure, "%s: bad", "\033x")));
    cr_expect(eq(str, failure.text, TEXT("\\x1bx: bad")));
}

Test(crc32c, of_the_nine_digits_is_the_one_of_the_standard) {
    cr_expect(eq(u32, crc32c("123456789", 9), 0xe3069283u));
    cr_expect(eq(u32, crc32c("", 0), 0));
}
