// prompt.c - the bottom line as a place to type: search, filter, sort.
#include "viewer/ui/app.h"
#include "viewer/base/text.h"

#include <stdio.h>
#include <string.h>

static char *prompt_text(struct app *app) {
    struct table *table = app_table(app, app_view(app));
    return app->prompt == PROMPT_SEARCH ? table->search : table->filter;
}

void prompt_open(struct app *app, enum prompt prompt) {
    app->prompt = prompt;
    if (prompt == PROMPT_SEARCH)
        *prompt_text(app) = 0;
}

// What was typed acts at once, key by key.
static void prompt_changed(struct app *app) {
    struct table *table = app_table(app, app_view(app));
    if (app->prompt == PROMPT_FILTER)
        table_filter(table, app);
    else
        table_search(table, app, 1, true);
}

static void prompt_sort_key(struct app *app, int key) {
    struct table *table = app_table(app, app_view(app));
    int columns = table->ops->column_count;
    if (key >= '1' && key < '1' + columns)
        table_sort(table, app, key - '1');
    else if (key == 's') // s s: the other way round
        table_sort(table, app, table->sort);
    else if (key == PRESS_ARROW_LEFT || key == PRESS_ARROW_RIGHT) {
        int step = key == PRESS_ARROW_LEFT ? columns - 1 : 1;
        table_sort(table, app, (table->sort + step) % columns);
        return; // and on to choose
    }
    app->prompt = PROMPT_NONE;
}

void prompt_key(struct app *app, int key) {
    if (app->prompt == PROMPT_SORT) {
        prompt_sort_key(app, key);
        return;
    }
    char *text = prompt_text(app);
    size_t length = strlen(text);
    if (key == PRESS_ENTER) {
        if (app->prompt == PROMPT_SEARCH && *text &&
            !table_search(app_table(app, app_view(app)), app, 1, true))
            snprintf(app->message, sizeof app->message, "No line has \"%s\".",
                     text);
        app->prompt = PROMPT_NONE;
        return;
    }
    if (key == PRESS_ESC || (key == PRESS_BACK && length == 0)) {
        *text = 0;
        prompt_changed(app);
        app->prompt = PROMPT_NONE;
        return;
    }
    if (key == PRESS_BACK) {
        do // whole characters
            length--;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80);
        text[length] = 0;
    } else if (key >= ' ' && key < PRESS_SPECIAL &&
               length + 5 < TABLE_TEXT_BYTES) {
        text_encode(text + length, (uint32_t)key);
    } else {
        return;
    }
    prompt_changed(app);
}

void prompt_draw(struct app *app, struct screen *s, int y) {
    struct table *table = app_table(app, app_view(app));
    int x = 1;
    if (app->prompt != PROMPT_SORT) {
        bool search = app->prompt == PROMPT_SEARCH;
        x += scr_text(s, x, y, 16, search ? "Search: " : "Filter: ", STYLE_KEY);
        x += scr_text(s, x, y, s->width - x - 1, prompt_text(app), STYLE_TEXT);
        scr_put(s, x, y, ' ', STYLE_TEXT);
        scr_select(s, x, y, 1);
        scr_right(s, x + 2, y, s->width - x - 3, "Enter done   Esc clear",
                  STYLE_DIM);
        return;
    }
    x += scr_text(s, x, y, 16, "Sort by", STYLE_KEY) + 2;
    for (int i = 0; i < table->ops->column_count; i++) {
        const char *title = table->ops->columns[i].title;
        int width = text_width(title) + 4;
        if (x + width > s->width)
            break;
        scr_put(s, x, y, (uint32_t)('1' + i), STYLE_KEY);
        scr_text(s, x + 2, y, width - 4, title,
                 i == table->sort ? STYLE_STRONG : STYLE_DIM);
        x += width;
    }
    const char *again = "s turns round";
    if (x + text_width(again) + 1 < s->width)
        scr_text(s, x, y, s->width - x, again, STYLE_DIM);
}
