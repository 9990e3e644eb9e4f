// theme.h - how each style looks, with 256 colours, 16, or none.
//
// Colour never stands alone: whatever it tells is also told by a glyph, a word
// or a place, so that a monochrome screen says the same.
#ifndef RPSCOPE_SCREEN_THEME_H
#define RPSCOPE_SCREEN_THEME_H

#include "viewer/screen/cells.h"

enum colors { COLORS_NONE, COLORS_16, COLORS_256 };

struct look {
    short color_256, color_16; // -1: the terminal's own
    bool bold, reverse, underline, dim;
};

// light: the terminal's background is bright.
struct look theme_look(enum style style, bool light);

// Whether COLORFGBG says that the background is bright.
bool theme_background_is_light(const char *colorfgbg);

// What --color=WHEN (always, auto, never; NULL is auto) and NO_COLOR leave of
// the colours that the terminal has.
enum colors theme_colors(const char *when, const char *no_color, int terminal);

// Writes the screen as text with ANSI colour sequences.
void theme_write_ansi(const struct screen *s, FILE *out, enum colors colors,
                      bool light);

#endif
