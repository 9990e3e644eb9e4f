// cells.h - a screen as an array of cells, without a terminal.
//
// Views draw here and nowhere else; what becomes of the cells is the business
// of a back end: ncurses (term.c), plain text or text with ANSI colours
// (theme.c). So every screen can be tested, dumped and piped.
//
// Everything drawn is clipped to the screen: no view needs to check. Glyphs
// beyond ASCII are replaced when the screen is ASCII only, cell for cell, so
// that the layout is the same on either.
#ifndef RPSCOPE_SCREEN_CELLS_H
#define RPSCOPE_SCREEN_CELLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

// What a cell means; theme.c says how it looks.
enum style {
    STYLE_TEXT,
    STYLE_DIM,     // units, help, what may be overlooked
    STYLE_TITLE,   // the top line
    STYLE_HEADING, // the head of a section or a column
    STYLE_STRONG,  // the figure that matters
    STYLE_KEY,     // a key that can be pressed
    STYLE_TAB,     // the screen shown, among the tabs
    STYLE_RULE,
    STYLE_CHIP, // a filter that is on
    STYLE_WARNING,
    STYLE_ERROR,
    STYLE_MATCH, // what a search found
    // Where bytes are.
    STYLE_USED,
    STYLE_ROUNDING,
    STYLE_SPAN_FREE,
    STYLE_DEFERRED,
    STYLE_THREAD_CACHE,
    STYLE_GLOBAL_CACHE,
    STYLE_REST,
    // How much: HEAT_LEVELS styles from dark to bright.
    STYLE_HEAT,
    STYLE_HEAT_LAST = STYLE_HEAT + 6,
    STYLE_COUNT
};
enum { HEAT_LEVELS = STYLE_HEAT_LAST - STYLE_HEAT + 1 };

struct cell {
    uint32_t glyph; // 0: covered by the wide glyph to its left
    uint8_t style;
    bool selected;
};

struct screen {
    int width, height;
    bool ascii;
    struct cell *cells; // row by row
};

struct box {
    int x, y, width, height;
};

// Returns false when there is no memory.
bool cells_open(struct screen *s, int width, int height, bool ascii);
void cells_close(struct screen *s);
void cells_clear(struct screen *s);

// The cell at x, y, or NULL beyond the screen.
const struct cell *cells_at(const struct screen *s, int x, int y);

void cells_put(struct screen *s, int x, int y, uint32_t glyph,
               enum style style);

// Draws `text` into at most `width` cells, with an ellipsis where it is cut.
// Returns the cells drawn.
int cells_text(struct screen *s, int x, int y, int width, const char *text,
               enum style style);
// The same, but the middle is what is cut: std::vector<...>::push_back.
int cells_text_middle(struct screen *s, int x, int y, int width,
                      const char *text, enum style style);
// The same, ending at the right edge of x .. x + width - 1.
void cells_right(struct screen *s, int x, int y, int width, const char *text,
                 enum style style);
// Printed text of any length, as cells_text() over what is left of the line.
__attribute__((format(printf, 5, 6))) int cells_print(struct screen *s, int x,
                                                      int y, enum style style,
                                                      const char *format, ...);

// A line from the left edge to the right edge of x .. x + width - 1.
void cells_rule(struct screen *s, int x, int y, int width);
// A bar of `share` (0 .. 1) of `width` cells, in whole cells of `glyph`; with
// glyph U+2588 in eighths of a cell. At least a sign of what is not 0.
void cells_bar(struct screen *s, int x, int y, int width, double share,
               uint32_t glyph, enum style style);
// `count` values as one row of bars of eight heights, scaled to the largest.
void cells_spark(struct screen *s, int x, int y, int width,
                 const uint64_t *values, int count, enum style style);
// Paragraph: words wrapped to `width`; returns the lines drawn, at most
// `height`.
int cells_wrap(struct screen *s, int x, int y, int width, int height,
               const char *text, enum style style);

// Marks cells as under the cursor.
void cells_select(struct screen *s, int x, int y, int width);

// Writes the screen as lines of text without blanks at their ends.
void cells_write_text(const struct screen *s, FILE *out);

// The glyph that stands for `glyph` on an ASCII screen.
uint32_t cells_ascii_glyph(uint32_t glyph);

#endif
