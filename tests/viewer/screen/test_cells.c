// test_cells.c - a screen as an array of cells.
#include <criterion/criterion.h>
#include <locale.h>

#include "viewer/screen/cells.h"

Test(cells, a_cut_text_ends_in_an_ellipsis) {
    struct screen s;
    cr_assert(cells_open(&s, 10, 1, true));

    cr_assert(cells_text(&s, 0, 0, 5, "abcdefgh", STYLE_TEXT) == 5);
    cr_assert(cells_at(&s, 3, 0)->glyph == 'd');
    cr_assert(cells_at(&s, 4, 0)->glyph == '~');
    cells_close(&s);
}

Test(cells, a_wide_glyph_takes_two_cells_and_is_never_halved) {
    struct screen s;
    setlocale(LC_CTYPE, "C.UTF-8");
    cr_assert(cells_open(&s, 4, 1, false));

    cells_text(&s, 0, 0, 4, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", STYLE_TEXT);
    cr_assert(cells_at(&s, 0, 0)->glyph == 0x6f22);
    cr_assert(cells_at(&s, 1, 0)->glyph == 0);
    cr_assert(cells_at(&s, 2, 0)->glyph == 0x2026); // no room for the second
    cells_close(&s);
}

Test(cells, words_are_wrapped_and_long_ones_cut) {
    struct screen s;
    cr_assert(cells_open(&s, 8, 4, true));

    cr_assert(cells_wrap(&s, 0, 0, 8, 4, "ab cdef ghijklmnopqr", STYLE_TEXT) ==
              3);
    cr_assert(cells_at(&s, 3, 0)->glyph == 'c');
    cr_assert(cells_at(&s, 0, 1)->glyph == 'g');
    cr_assert(cells_at(&s, 0, 2)->glyph == 'p');
    cells_close(&s);
}

Test(cells, drawing_beyond_the_screen_does_nothing) {
    struct screen s;
    cr_assert(cells_open(&s, 4, 2, true));

    cells_text(&s, -2, 0, 20, "abcdefgh", STYLE_TEXT);
    cells_text(&s, 0, 7, 20, "x", STYLE_TEXT);
    cells_bar(&s, 2, 1, 50, 2.0, '#', STYLE_TEXT);
    cells_select(&s, -5, -5, 50);

    cr_assert(cells_at(&s, 0, 0)->glyph == 'c');
    cr_assert(cells_at(&s, 4, 0) == NULL);
    cells_close(&s);
}

Test(cells, a_bar_of_something_is_never_empty) {
    struct screen s;
    cr_assert(cells_open(&s, 10, 2, true));

    cells_bar(&s, 0, 0, 10, 1e-9, 0x2588, STYLE_TEXT);
    cells_bar(&s, 0, 1, 10, 0, 0x2588, STYLE_TEXT);

    cr_assert(cells_at(&s, 0, 0)->glyph == '#');
    cr_assert(cells_at(&s, 0, 1)->glyph == ' ');
    cells_close(&s);
}
