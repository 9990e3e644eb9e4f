// help.c - explains the screen that is shown: its words, then its keys.
//
// The keys are those that are acted on, so help cannot be wrong about them.
// What is typed filters the lines.
#include "viewer/ui/help.h"
#include "viewer/base/text.h"

#include <stdio.h>
#include <string.h>

enum { HELP_NAME_WIDTH = 20 };

// Draws one entry, or only counts its lines when `s` is NULL.
static int help_entry(struct screen *s, struct box box, int y, const char *name,
                      const char *text, enum style style) {
    int width = box.width - HELP_NAME_WIDTH - 4;
    // Measured on a screen of no rows: everything drawn there is clipped.
    struct screen nowhere = {.width = 0};
    struct screen *on = s ? s : &nowhere;
    int lines = cells_wrap(on, box.x + HELP_NAME_WIDTH + 2, y, width, 8, text,
                           STYLE_TEXT);
    cells_text(on, box.x + 1, y, HELP_NAME_WIDTH, name, style);
    return lines > 0 ? lines : 1;
}

static bool help_wanted(const struct help *help, const char *name,
                        const char *text) {
    return !*help->filter || text_contains(name, help->filter) ||
           text_contains(text, help->filter);
}

struct help_walk {
    const struct help *help;
    struct screen *s;
    struct box box;
    int line; // of the next entry, counted from the first of all
};

static void help_put(struct help_walk *w, const char *name, const char *text,
                     enum style style) {
    int y = w->box.y + w->line - (int)w->help->top;
    int lines = help_entry(NULL, w->box, 0, name, text, style);
    // An entry is shown whole or not at all.
    if (w->s && y >= w->box.y && y + lines <= w->box.y + w->box.height)
        help_entry(w->s, w->box, y, name, text, style);
    w->line += lines;
}

static void help_head(struct help_walk *w, const char *text) {
    int y = w->box.y + w->line - (int)w->help->top;
    if (w->s && y >= w->box.y && y < w->box.y + w->box.height)
        cells_text(w->s, w->box.x + 1, y, w->box.width - 2, text,
                   STYLE_HEADING);
    w->line++;
}

// Walks over all lines; returns how many there are.
static int help_walk(const struct help *help, const struct view *view,
                     struct screen *s, struct box box) {
    struct help_walk w = {.help = help, .s = s, .box = box};
    help_head(&w, "WORDS OF THIS SCREEN");
    for (int i = 0; view->words && view->words[i]; i += 2)
        if (help_wanted(help, view->words[i], view->words[i + 1]))
            help_put(&w, view->words[i], view->words[i + 1], STYLE_STRONG);
    w.line++;
    help_head(&w, "KEYS");
    const struct binding *b;
    for (size_t i = 0; (b = keys_binding(&view->keys, i)); i++) {
        char names[48];
        keys_names(b, names, sizeof names);
        if (help_wanted(help, names, b->help))
            help_put(&w, names, b->help, STYLE_KEY);
    }
    w.line++;
    help_head(&w, "SCREENS");
    for (const struct view *const *other = help->views; *other; other++) {
        char name[32];
        snprintf(name, sizeof name, "%c %s", (*other)->digit, (*other)->title);
        if (help_wanted(help, name, (*other)->says))
            help_put(&w, name, (*other)->says, STYLE_KEY);
    }
    return w.line;
}

void help_open(struct help *help, const struct view *const *views) {
    *help = (struct help){.open = true, .views = views};
}

void help_draw(struct help *help, const struct view *view, struct screen *s,
               struct box box) {
    char title[96];
    snprintf(title, sizeof title, "Help for %s", view->title);
    int x = 1 + cells_text(s, 1, box.y, box.width, title, STYLE_STRONG);
    if (*help->filter)
        cells_print(s, x + 3, box.y, STYLE_KEY, "lines with: %s", help->filter);
    else
        cells_text(s, x + 3, box.y, box.width - x - 3,
                   "type to filter \xc2\xb7 Esc closes", STYLE_DIM);
    struct box lines = {box.x, box.y + 2, box.width, box.height - 2};
    int count = help_walk(help, view, NULL, lines);
    size_t most = count > lines.height ? (size_t)(count - lines.height) : 0;
    if (help->top > most)
        help->top = most;
    help_walk(help, view, s, lines);
    if (most > help->top)
        cells_right(s, box.x, box.y, box.width - 1, "more below \xe2\x96\xbc",
                    STYLE_DIM);
    else if (help->top > 0)
        cells_right(s, box.x, box.y, box.width - 1, "more above \xe2\x96\xb2",
                    STYLE_DIM);
}

static void help_type(struct help *help, int key) {
    size_t length = strlen(help->filter);
    if (length + 5 < HELP_FILTER_BYTES)
        text_encode(help->filter + length, (uint32_t)key);
    help->top = 0;
}

void help_key(struct help *help, int key) {
    size_t length = strlen(help->filter);
    bool typed = key >= ' ' && key < PRESS_BACK;
    // The keys that close a screen close this one, until something is typed.
    if (typed && (length > 0 || (key != 'q' && key != '?' && key != 'Q'))) {
        help_type(help, key);
        return;
    }
    if (key == PRESS_BACK && length > 0) {
        help->filter[length - 1] = 0;
        return;
    }
    size_t page = 8;
    switch (keys_action(&help_keys, key)) {
    case ACTION_UP:
        help->top -= help->top > 0;
        break;
    case ACTION_DOWN:
        help->top++;
        break;
    case ACTION_PAGE_UP:
        help->top -= help->top < page ? help->top : page;
        break;
    case ACTION_PAGE_DOWN:
        help->top += page;
        break;
    case ACTION_FIRST:
        help->top = 0;
        break;
    case ACTION_LAST:
        help->top = SIZE_MAX / 2;
        break;
    default:
        help->open = false;
    }
}
