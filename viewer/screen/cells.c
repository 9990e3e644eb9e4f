// cells.c - a screen as an array of cells, without a terminal.
#include "viewer/screen/cells.h"
#include "viewer/base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ELLIPSIS 0x2026u // ...
#define BLOCK_FULL 0x2588u
#define BLOCK_LOWER 0x2580u // + 1 .. 8: eighths of a cell from below
#define BLOCK_LEFT 0x2590u  // - 1 .. 8: eighths of a cell from the left

uint32_t cells_ascii_glyph(uint32_t glyph) {
    static const struct {
        uint32_t glyph;
        char ascii;
    } table[] = {
        {BLOCK_FULL, '#'}, {0x2592, '='},   {0x2591, '-'}, {0x2504, '~'},
        {0x25a3, 'T'},     {0x25eb, 'G'},   {0x00b7, '.'}, {0x2502, '|'},
        {0x2500, '-'},     {0x25b6, '>'},   {0x25c0, '<'}, {0x25b8, '+'},
        {0x25be, '-'},     {ELLIPSIS, '~'}, {0x2248, '~'}, {0x00d7, 'x'},
        {0x25b2, '^'},     {0x25bc, 'v'},   {0x2190, '<'}, {0x2192, '>'},
        {0x2191, '^'},     {0x2193, 'v'},   {0x251c, '|'}, {0x2514, '`'},
        {0x250c, '+'},     {0x2510, '+'},   {0x2518, '+'}, {0x203a, '>'},
        {0x2039, '<'},     {0x2212, '-'},   {0x2014, '-'}, {0x2713, '*'},
        {0x25cf, '*'},     {0x25cb, 'o'},   {0x2571, '/'}, {0x00b5, 'u'},
        {0x2265, '>'},     {0x2503, '|'},   {0x252c, '+'}, {0x25a0, '#'},
        {0x2219, '_'},
    };
    if (glyph < 0x7f)
        return glyph;
    if (glyph > BLOCK_LOWER && glyph < BLOCK_FULL)
        return (uint32_t) " .:-=+*#@"[glyph - BLOCK_LOWER];
    if (glyph > BLOCK_FULL && glyph < BLOCK_LEFT)
        return glyph < BLOCK_LEFT - 3 ? '#' : ' '; // half a cell or more
    if (glyph >= 0x2400 && glyph < 0x2421)
        return '^';
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].glyph == glyph)
            return (uint32_t)table[i].ascii;
    return '?';
}

bool cells_open(struct screen *s, int width, int height, bool ascii) {
    *s = (struct screen){.width = width, .height = height, .ascii = ascii};
    s->cells = calloc((size_t)width * (size_t)height, sizeof *s->cells);
    if (!s->cells)
        return false;
    cells_clear(s);
    return true;
}

void cells_close(struct screen *s) {
    free(s->cells);
    *s = (struct screen){0};
}

void cells_clear(struct screen *s) {
    for (int i = 0; i < s->width * s->height; i++)
        s->cells[i] = (struct cell){.glyph = ' '};
}

static struct cell *screen_cell(const struct screen *s, int x, int y) {
    if (x < 0 || y < 0 || x >= s->width || y >= s->height)
        return NULL;
    return &s->cells[y * s->width + x];
}

const struct cell *cells_at(const struct screen *s, int x, int y) {
    return screen_cell(s, x, y);
}

void cells_put(struct screen *s, int x, int y, uint32_t glyph,
               enum style style) {
    struct cell *c = screen_cell(s, x, y);
    if (!c)
        return;
    int cells = text_glyph_width(glyph);
    if (s->ascii && glyph >= 0x7f)
        glyph = cells_ascii_glyph(glyph);
    if (cells == 2) {
        struct cell *right = screen_cell(s, x + 1, y);
        if (!right)
            glyph = ' ';
        else
            *right = (struct cell){s->ascii ? '?' : 0, (uint8_t)style,
                                   right->selected};
    }
    *c = (struct cell){glyph, (uint8_t)style, c->selected};
}

// Draws the characters of `text` while they fit into `width` cells.
static int screen_run(struct screen *s, int x, int y, int width,
                      const char **text, enum style style) {
    int drawn = 0;
    for (;;) {
        const char *next = *text;
        uint32_t glyph = text_next(&next);
        int cells = glyph ? text_glyph_width(glyph) : 0;
        if (!glyph || drawn + cells > width)
            return drawn;
        if (cells > 0) // combining characters are left out
            cells_put(s, x + drawn, y, glyph, style);
        drawn += cells;
        *text = next;
    }
}

int cells_text(struct screen *s, int x, int y, int width, const char *text,
               enum style style) {
    if (width <= 0)
        return 0;
    if (text_width(text) <= width)
        return screen_run(s, x, y, width, &text, style);
    int drawn = screen_run(s, x, y, width - 1, &text, style);
    cells_put(s, x + drawn, y, ELLIPSIS, style);
    return drawn + 1;
}

int cells_text_middle(struct screen *s, int x, int y, int width,
                      const char *text, enum style style) {
    int cells = text_width(text);
    if (cells <= width || width < 5)
        return cells_text(s, x, y, width, text, style);
    int left = width / 2;
    int right = width - left - 1;
    int drawn = screen_run(s, x, y, left, &text, style);
    cells_put(s, x + drawn, y, ELLIPSIS, style);
    while (text_width(text) > right)
        text_next(&text);
    return drawn + 1 + screen_run(s, x + drawn + 1, y, right, &text, style);
}

void cells_right(struct screen *s, int x, int y, int width, const char *text,
                 enum style style) {
    int cells = text_width(text);
    if (cells > width)
        cells_text(s, x, y, width, text, style);
    else
        cells_text(s, x + width - cells, y, cells, text, style);
}

int cells_print(struct screen *s, int x, int y, enum style style,
                const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return cells_text(s, x, y, s->width - x, text, style);
}

void cells_rule(struct screen *s, int x, int y, int width) {
    for (int i = 0; i < width; i++)
        cells_put(s, x + i, y, 0x2500, STYLE_RULE);
}

void cells_bar(struct screen *s, int x, int y, int width, double share,
               uint32_t glyph, enum style style) {
    if (!(share > 0) || width <= 0) // a share that is no number draws nothing
        return;
    if (share > 1)
        share = 1;
    if (glyph != BLOCK_FULL || s->ascii) {
        int cells = (int)lround(share * width);
        for (int i = 0; i < (cells ? cells : 1); i++)
            cells_put(s, x + i, y, glyph, style);
        return;
    }
    int eighths = (int)lround(share * width * 8);
    if (eighths == 0)
        eighths = 1;
    for (int i = 0; i < eighths / 8; i++)
        cells_put(s, x + i, y, BLOCK_FULL, style);
    if (eighths % 8)
        cells_put(s, x + eighths / 8, y, BLOCK_LEFT - (uint32_t)(eighths % 8),
                  style);
}

void cells_spark(struct screen *s, int x, int y, int width,
                 const uint64_t *values, int count, enum style style) {
    uint64_t most = 0;
    for (int i = 0; i < count; i++)
        if (values[i] > most)
            most = values[i];
    if (count <= 0 || most == 0)
        return;
    for (int i = 0; i < width; i++) {
        // The largest value of the column, so that a short peak is seen.
        int from = (int)((int64_t)i * count / width);
        int to = (int)((int64_t)(i + 1) * count / width);
        uint64_t value = values[from];
        for (int k = from; k < to; k++)
            if (values[k] > value)
                value = values[k];
        if (value == 0)
            continue;
        uint32_t height = (uint32_t)((double)value / (double)most * 8 + 0.5);
        cells_put(s, x + i, y, BLOCK_LOWER + (height ? height : 1), style);
    }
}

int cells_wrap(struct screen *s, int x, int y, int width, int height,
               const char *text, enum style style) {
    int lines = 0;
    while (*text && lines < height && width > 0) {
        // Take words while they fit; a word longer than the line is cut.
        const char *end = text, *scan = text;
        for (int cells = 0; *scan;) {
            uint32_t glyph = text_next(&scan);
            cells += text_glyph_width(glyph);
            if (cells > width + (glyph == ' '))
                break;
            if (glyph == ' ' || *scan == 0)
                end = scan;
        }
        if (end == text)
            end = scan;
        char line[1024];
        size_t bytes = (size_t)(end - text);
        if (bytes >= sizeof line)
            bytes = sizeof line - 1;
        memcpy(line, text, bytes);
        while (bytes > 0 && line[bytes - 1] == ' ')
            bytes--;
        line[bytes] = 0;
        cells_text(s, x, y + lines, width, line, style);
        text = end;
        lines++;
    }
    return lines;
}

void cells_select(struct screen *s, int x, int y, int width) {
    for (int i = 0; i < width; i++) {
        struct cell *c = screen_cell(s, x + i, y);
        if (c)
            c->selected = true;
    }
}

void cells_write_text(const struct screen *s, FILE *out) {
    for (int y = 0; y < s->height; y++) {
        int end = s->width;
        while (end > 0 && screen_cell(s, end - 1, y)->glyph == ' ')
            end--;
        for (int x = 0; x < end; x++) {
            char bytes[5];
            uint32_t glyph = screen_cell(s, x, y)->glyph;
            if (glyph)
                fwrite(bytes, 1, text_encode(bytes, glyph), out);
        }
        fputc('\n', out);
    }
}
