// test_text.c - texts of unknown origin, made fit for a screen.
#include <criterion/criterion.h>
#include <locale.h>

#include "viewer/screen/cells.h"
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

Test(text, a_cut_text_ends_in_an_ellipsis) {
    struct screen s;
    cr_assert(scr_open(&s, 10, 1, true));

    cr_assert(scr_text(&s, 0, 0, 5, "abcdefgh", STYLE_TEXT) == 5);
    cr_assert(scr_at(&s, 3, 0)->glyph == 'd');
    cr_assert(scr_at(&s, 4, 0)->glyph == '~');
    scr_close(&s);
}

Test(text, a_wide_glyph_takes_two_cells_and_is_never_halved) {
    struct screen s;
    setlocale(LC_CTYPE, "C.UTF-8");
    cr_assert(scr_open(&s, 4, 1, false));

    scr_text(&s, 0, 0, 4, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", STYLE_TEXT);
    cr_assert(scr_at(&s, 0, 0)->glyph == 0x6f22);
    cr_assert(scr_at(&s, 1, 0)->glyph == 0);
    cr_assert(scr_at(&s, 2, 0)->glyph == 0x2026); // no room for the second
    scr_close(&s);
}

Test(text, words_are_wrapped_and_long_ones_cut) {
    struct screen s;
    cr_assert(scr_open(&s, 8, 4, true));

    cr_assert(scr_wrap(&s, 0, 0, 8, 4, "ab cdef ghijklmnopqr", STYLE_TEXT) ==
              3);
    cr_assert(scr_at(&s, 3, 0)->glyph == 'c');
    cr_assert(scr_at(&s, 0, 1)->glyph == 'g');
    cr_assert(scr_at(&s, 0, 2)->glyph == 'p');
    scr_close(&s);
}

Test(text, drawing_beyond_the_screen_does_nothing) {
    struct screen s;
    cr_assert(scr_open(&s, 4, 2, true));

    scr_text(&s, -2, 0, 20, "abcdefgh", STYLE_TEXT);
    scr_text(&s, 0, 7, 20, "x", STYLE_TEXT);
    scr_bar(&s, 2, 1, 50, 2.0, '#', STYLE_TEXT);
    scr_select(&s, -5, -5, 50);

    cr_assert(scr_at(&s, 0, 0)->glyph == 'c');
    cr_assert(scr_at(&s, 4, 0) == NULL);
    scr_close(&s);
}

Test(text, a_bar_of_something_is_never_empty) {
    struct screen s;
    cr_assert(scr_open(&s, 10, 2, true));

    scr_bar(&s, 0, 0, 10, 1e-9, 0x2588, STYLE_TEXT);
    scr_bar(&s, 0, 1, 10, 0, 0x2588, STYLE_TEXT);

    cr_assert(scr_at(&s, 0, 0)->glyph == '#');
    cr_assert(scr_at(&s, 0, 1)->glyph == ' ');
    scr_close(&s);
}
