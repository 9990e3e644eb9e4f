// test_text.c - texts of unknown origin, made fit for a screen.
#include <criterion/criterion.h>

#include "viewer/base/text.h"

static uint32_t first(const char *text) {
    return text_next(&text);
}

Test(text, utf8_is_read_character_by_character) {
    cr_assert(first("a") == 'a');
    cr_assert(first("\xc3\xa9") == 0xe9);
    cr_assert(first("\xe2\x96\x88") == 0x2588);
    cr_assert(first("\xf0\x9f\x98\x80") == 0x1f600);
    cr_assert(first("") == 0);
}

Test(text, a_character_is_decoded_within_its_size_or_not_at_all) {
    uint32_t character = 0;

    cr_assert(text_decode("\xe2\x82\xac", 3, &character) == 3);
    cr_assert(character == 0x20ac);
    cr_assert(text_decode("\xe2\x82\xac", 2, &character) == 0); // cut
    cr_assert(text_decode("\xe0\x82\xac", 3, &character) == 0); // overlong
    cr_assert(text_decode("\x82\xac", 2, &character) == 0);     // its middle
}

Test(text, what_is_not_utf8_is_replaced_byte_by_byte) {
    static const char *const bad[] = {
        "\x80", "\xc3", "\xc0\x80", "\xff", "\xed\xa0\x80", "\xf5\x80\x80\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *text = bad[i];
        cr_assert(text_next(&text) == 0xfffd);
        cr_assert(text == bad[i] + 1);
    }
}

Test(text, a_character_that_is_cut_is_none) {
    uint32_t character = 0;

    cr_assert(text_decode("\xe2\x96\x88", 2, &character) == 0);
    cr_assert(text_decode("\xe2\x96\x88 more", 8, &character) == 3);

    cr_assert(character == 0x2588);
}

Test(text, control_characters_are_shown_and_never_sent) {
    for (char c = 1; c < ' '; c++) {
        char text[2] = {c, 0};
        cr_assert(first(text) >= 0x2400);
    }
    cr_assert(first("\xc2\x9b") == 0xfffd); // CSI in one character
}

Test(text, encoding_is_the_inverse) {
    static const uint32_t glyphs[] = {'x', 0xe9, 0x2588, 0x1f600};
    for (size_t i = 0; i < sizeof glyphs / sizeof *glyphs; i++) {
        char bytes[5];
        text_encode(bytes, glyphs[i]);
        cr_assert(first(bytes) == glyphs[i]);
    }
}

Test(text, capitals_count_only_when_typed) {
    cr_assert(text_contains("Session_New", "session"));
    cr_assert(text_contains("session_new", "new"));
    cr_assert(!text_contains("session_new", "New"));
    cr_assert(text_contains("anything", ""));
    cr_assert(!text_contains("", "x"));
}
