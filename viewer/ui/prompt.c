// prompt.c - the bottom line as a place to type: search, filter, sort, command.
#include "viewer/ui/prompt.h"
#include "viewer/base/text.h"

#include <string.h>

// One that acts when it is whole.
static bool has_own_text(const struct prompt *p) {
    return p->kind == PROMPT_COMMAND || p->kind == PROMPT_BLOCKS;
}

static char *prompt_text(struct prompt *p) {
    return has_own_text(p)            ? p->command
           : p->kind == PROMPT_SEARCH ? p->table->search
                                      : p->table->filter;
}

void prompt_open(struct prompt *p, enum prompt_kind kind, struct table *table) {
    *p = (struct prompt){.kind = kind, .table = table};
    if (kind == PROMPT_SEARCH)
        *prompt_text(p) = 0;
}

static void prompt_close(struct prompt *p) {
    p->kind = PROMPT_NONE;
}

static void prompt_changed(const struct prompt *p) {
    if (has_own_text(p))
        return;
    if (p->kind == PROMPT_FILTER)
        table_filter(p->table);
    else
        table_search(p->table, 1, true);
}

static void prompt_sort_key(struct prompt *p, int key) {
    struct table *table = p->table;
    int columns = table->column_count;
    if (key >= '1' && key < '1' + columns)
        table_sort(table, key - '1');
    else if (key == 's') // s s: the other way round
        table_sort(table, table->sort);
    else if (key == PRESS_ARROW_LEFT || key == PRESS_ARROW_RIGHT) {
        int step = key == PRESS_ARROW_LEFT ? columns - 1 : 1;
        table_sort(table, (table->sort + step) % columns);
        return; // and on to choose
    }
    prompt_close(p);
}

bool prompt_key(struct prompt *p, int key) {
    if (p->kind == PROMPT_SORT) {
        prompt_sort_key(p, key);
        return true;
    }
    char *text = prompt_text(p);
    size_t length = strlen(text);
    if (key == PRESS_ENTER) {
        bool searched = p->kind == PROMPT_SEARCH && *text;
        prompt_close(p);
        return !searched || table_search(p->table, 1, true);
    }
    if (key == PRESS_ESC || (key == PRESS_BACK && length == 0)) {
        *text = 0;
        prompt_changed(p);
        prompt_close(p);
        return true;
    }
    if (key == PRESS_BACK) {
        do // whole characters
            length--;
        while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80);
        text[length] = 0;
    } else if (key >= ' ' && key < PRESS_SPECIAL &&
               length + 5 <
                   (has_own_text(p) ? PROMPT_BYTES : TABLE_TEXT_BYTES)) {
        text_encode(text + length, (uint32_t)key);
    } else {
        return true;
    }
    prompt_changed(p);
    return true;
}

void prompt_draw(struct prompt *p, struct screen *s, int y) {
    static const char *const heads[] = {[PROMPT_SEARCH] = "Search: ",
                                        [PROMPT_FILTER] = "Filter: ",
                                        [PROMPT_COMMAND] = ":",
                                        [PROMPT_BLOCKS] = "Only blocks with: "};
    const struct table *table = p->table;
    int x = 1;
    if (p->kind != PROMPT_SORT) {
        x += cells_text(s, x, y, 20, heads[p->kind], STYLE_KEY);
        x += cells_text(s, x, y, s->width - x - 1, prompt_text(p), STYLE_TEXT);
        cells_put(s, x, y, ' ', STYLE_TEXT);
        cells_select(s, x, y, 1);
        cells_right(s, x + 2, y, s->width - x - 3,
                    p->kind == PROMPT_COMMAND
                        ? "goto 12.4s, goto peak, goto mark TEXT   Esc clear"
                    : p->kind == PROMPT_BLOCKS
                        ? "thread = io-2 and bytes >= 4KiB   Esc all"
                        : "Enter done   Esc clear",
                    STYLE_DIM);
        return;
    }
    x += cells_text(s, x, y, 16, "Sort by", STYLE_KEY) + 2;
    for (int i = 0; i < table->column_count; i++) {
        const char *title = table_title(table->columns[i], TABLE_SCREEN);
        int width = text_width(title) + 4;
        if (x + width > s->width)
            break;
        cells_put(s, x, y, (uint32_t)('1' + i), STYLE_KEY);
        cells_text(s, x + 2, y, width - 4, title,
                   i == table->sort ? STYLE_STRONG : STYLE_DIM);
        x += width;
    }
    const char *again = "s turns round";
    if (x + text_width(again) + 1 < s->width)
        cells_text(s, x, y, s->width - x, again, STYLE_DIM);
}
