// theme.c - how each style looks, with 256 colours, 16, or none.
#include "viewer/screen/theme.h"
#include "viewer/base/text.h"

#include <stdlib.h>
#include <string.h>

// Blue, grey, yellow: ever brighter, so it is a ramp without colours, too; the
// other way round on white.
static struct look heat_look(int level, bool light) {
    static const short ramp[HEAT_LEVELS] = {59, 60, 102, 138, 144, 186, 228};
    static const short few[HEAT_LEVELS] = {4, 4, 4, -1, -1, 3, 3};
    return (struct look){.color_256 =
                             ramp[light ? HEAT_LEVELS - 1 - level : level],
                         .color_16 = few[level],
                         .bold = level == HEAT_LEVELS - 1};
}

struct look theme_look(enum style style, bool light) {
    // Okabe and Ito's colours, as near as the fixed palette has them: told
    // apart by every common kind of colour vision. Never red against green.
    static const struct look dark[STYLE_COUNT] = {
        [STYLE_TEXT] = {.color_256 = -1, .color_16 = -1},
        [STYLE_DIM] = {.color_256 = 245, .color_16 = -1, .dim = true},
        [STYLE_TITLE] = {.color_256 = -1, .color_16 = -1, .bold = true},
        [STYLE_HEADING] = {.color_256 = 74, .color_16 = 6, .bold = true},
        [STYLE_STRONG] = {.color_256 = -1, .color_16 = -1, .bold = true},
        [STYLE_KEY] = {.color_256 = 74, .color_16 = 6, .bold = true},
        [STYLE_TAB] = {.color_256 = 74, .color_16 = 6, .reverse = true},
        [STYLE_RULE] = {.color_256 = 240, .color_16 = -1, .dim = true},
        [STYLE_CHIP] = {.color_256 = 214, .color_16 = 3, .reverse = true},
        [STYLE_WARNING] = {.color_256 = 214, .color_16 = 3, .bold = true},
        [STYLE_ERROR] = {.color_256 = 166, .color_16 = 1, .bold = true},
        [STYLE_MATCH] = {.color_256 = 228, .color_16 = 3, .underline = true},
        [STYLE_USED] = {.color_256 = 32, .color_16 = 4},
        [STYLE_ROUNDING] = {.color_256 = 214, .color_16 = 3},
        [STYLE_SPAN_FREE] = {.color_256 = 228, .color_16 = 3, .bold = true},
        [STYLE_DEFERRED] = {.color_256 = 175, .color_16 = 5},
        [STYLE_THREAD_CACHE] = {.color_256 = 36, .color_16 = 6},
        [STYLE_GLOBAL_CACHE] = {.color_256 = 74, .color_16 = 6},
        [STYLE_REST] = {.color_256 = 245, .color_16 = -1},
    };
    if (style >= STYLE_HEAT && style <= STYLE_HEAT_LAST)
        return heat_look((int)(style - STYLE_HEAT), light);
    struct look look = dark[style];
    if (light) {
        // The bright ones would vanish on white.
        static const struct {
            short dark, light;
        } darker[] = {{245, 241}, {240, 250}, {74, 25}, {214, 130},
                      {228, 136}, {175, 132}, {36, 29}, {32, 26}};
        for (size_t i = 0; i < sizeof darker / sizeof *darker; i++)
            if (look.color_256 == darker[i].dark) {
                look.color_256 = darker[i].light;
                break;
            }
    }
    return look;
}

bool theme_background_is_light(const char *colorfgbg) {
    const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
    if (!last)
        return false;
    return strcmp(last, ";7") == 0 || strcmp(last, ";15") == 0;
}

enum colors theme_colors(const char *when, const char *no_color, int terminal) {
    if (when && strcmp(when, "never") == 0)
        return COLORS_NONE;
    bool always = when && strcmp(when, "always") == 0;
    if (!always && no_color && *no_color)
        return COLORS_NONE;
    if (terminal >= 256)
        return COLORS_256;
    if (terminal >= 8 || always)
        return COLORS_16;
    return COLORS_NONE;
}

static void ansi_look(FILE *out, struct look look, bool selected,
                      enum colors colors) {
    fputs("\033[0", out);
    if (look.bold)
        fputs(";1", out);
    if (look.dim && colors != COLORS_256)
        fputs(";2", out);
    if (look.underline)
        fputs(";4", out);
    if (look.reverse != selected)
        fputs(";7", out);
    if (colors == COLORS_256 && look.color_256 >= 0)
        fprintf(out, ";38;5;%d", look.color_256);
    if (colors == COLORS_16 && look.color_16 >= 0)
        fprintf(out, ";3%d", look.color_16);
    fputc('m', out);
}

void theme_write_ansi(const struct screen *s, FILE *out, enum colors colors,
                      bool light) {
    for (int y = 0; y < s->height; y++) {
        int style = -1;
        for (int x = 0; x < s->width; x++) {
            const struct cell *c = cells_at(s, x, y);
            int now = c->style * 2 + c->selected;
            if (now != style)
                ansi_look(out, theme_look(c->style, light), c->selected,
                          colors);
            style = now;
            char bytes[5];
            if (c->glyph)
                fwrite(bytes, 1, text_encode(bytes, c->glyph), out);
        }
        fputs("\033[0m\n", out);
    }
}
