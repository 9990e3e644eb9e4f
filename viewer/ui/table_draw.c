// table_draw.c - the columns and rows of a table as cells.
#include "viewer/ui/table_draw.h"
#include "viewer/base/text.h"
#include "viewer/names/site.h"
#include "viewer/ui/shown.h"

#include <string.h>

enum {
    TABLE_GAP = 2,
    TABLE_MARGIN = 2,
    TABLE_SPREAD = 50, // more for names, where there is room
    TABLE_EXACT = 6,   // more cells for 13,002,342,144
};

enum { LIST_MOST = 8 };

struct cell_text {
    char text[TABLE_CELL_BYTES];
    char after[TABLE_TEXT_BYTES]; // a name: at its right edge
    bool after_first_to_go;       // when there is no room for both
    enum style style;
    bool spark; // draw `values` instead
    uint64_t values[LIST_MOST];
    int value_count;
};

struct table_layout {
    int x[TABLE_MOST_SHOWN];
    int width[TABLE_MOST_SHOWN]; // 0: not shown
};

// Drops columns, the highest rank first, until the rest fits.
static void table_lay_out(const struct table *t, struct box box,
                          struct table_layout *layout) {
    int room = box.width - TABLE_MARGIN - 2, used = 0;
    for (int i = 0; i < t->column_count; i++) {
        layout->width[i] = t->columns[i]->screen.width;
        if (t->shown->unit == UNIT_BYTES && t->columns[i]->unit == TABLE_BYTES)
            layout->width[i] += TABLE_EXACT;
        used += layout->width[i] + TABLE_GAP;
    }
    used -= TABLE_GAP;
    while (used > room) {
        int drop = -1;
        for (int i = 0; i < t->column_count; i++) {
            int rank = t->columns[i]->screen.rank;
            if (layout->width[i] && rank &&
                (drop < 0 || rank > t->columns[drop]->screen.rank))
                drop = i;
        }
        if (drop < 0)
            break;
        used -= layout->width[drop] + TABLE_GAP;
        layout->width[drop] = 0;
    }
    int x = box.x + TABLE_MARGIN;
    for (int i = 0; i < t->column_count; i++) {
        if (!layout->width[i])
            continue;
        if (table_is_wide(t->columns[i]))
            layout->width[i] +=
                room - used < TABLE_SPREAD ? room - used : TABLE_SPREAD;
        layout->x[i] = x;
        x += layout->width[i] + TABLE_GAP;
    }
}

static void table_draw_head(const struct table *t, struct screen *s,
                            const struct table_layout *layout, int y,
                            int lines) {
    for (int i = 0; i < t->column_count; i++) {
        const struct table_column *c = t->columns[i];
        const char *plain = table_title(c, TABLE_SCREEN);
        if (!layout->width[i])
            continue;
        char title[64];
        bool up = c->screen.ascending != t->reversed;
        const char *sign = up ? "\xe2\x96\xb2" : "\xe2\x96\xbc";
        size_t length = strlen(plain);
        memcpy(title, plain, length + 1);
        if (i == t->sort)
            memcpy(title + length, sign, 4);
        enum style style = i == t->sort ? STYLE_STRONG : STYLE_HEADING;
        const char *under = c->screen.under ? c->screen.under : "";
        if (table_is_wide(c)) {
            cells_text(s, layout->x[i], y, layout->width[i], title, style);
            if (lines > 1)
                cells_text(s, layout->x[i], y + 1, layout->width[i], under,
                           STYLE_DIM);
        } else {
            cells_right(s, layout->x[i], y, layout->width[i], title, style);
            if (lines > 1)
                cells_right(s, layout->x[i], y + 1, layout->width[i], under,
                            STYLE_DIM);
        }
    }
}

// A call site; before it, whether there is more to be unfolded.
static void table_say_site(const struct table *t, uint32_t item,
                           const struct site *site, struct cell_text *cell) {
    char name[SITE_NAME_BYTES - 4];
    const char *fold = !t->ops->lines      ? ""
                       : t->unfolded[item] ? "\xe2\x96\xbe "
                                           : "\xe2\x96\xb8 ";
    site_name(site, name, sizeof name);
    snprintf(cell->text, sizeof cell->text, "%s%s", fold, name);
    site_place(site, cell->after, sizeof cell->after);
    cell->after_first_to_go = !site->line;
    if (*t->search && text_contains(name, t->search))
        cell->style = STYLE_MATCH;
}

static void table_say_list(const struct table *t,
                           const struct table_column *column, const void *row,
                           struct cell_text *cell) {
    struct table_value value = table_value(t->shown->answer, column, row);
    cell->spark = table_applies(column, row);
    cell->style = STYLE_SPAN_FREE;
    cell->value_count = column->length;
    for (int i = 0; i < column->length; i++)
        cell->values[i] = value.list[i];
}

static void table_say(const struct table *t, uint32_t item, int column,
                      struct cell_text *cell) {
    const struct table_column *c = t->columns[column];
    const void *row = t->ops->row(t->shown, item);
    switch (c->kind) {
    case TABLE_SITE:
        table_say_site(t, item, (const void *)((const char *)row + c->offset),
                       cell);
        return;
    case TABLE_LIST:
        table_say_list(t, c, row, cell);
        return;
    case TABLE_SAID:
        c->say(row, TABLE_SCREEN, cell->text, sizeof cell->text);
        return;
    default:
        if (column == t->sort)
            cell->style = STYLE_STRONG;
        strcpy(
            cell->text,
            table_number(t->shown->answer, c, row, t->shown->unit, false).text);
        return;
    }
}

static void table_draw_cell(const struct table *t, struct screen *s,
                            const struct table_layout *layout, uint32_t item,
                            int column, int y) {
    struct cell_text cell = {.style = STYLE_TEXT};
    int x = layout->x[column], width = layout->width[column];
    table_say(t, item, column, &cell);
    if (cell.spark) {
        cells_spark(s, x, y, cell.value_count, cell.values, cell.value_count,
                    cell.style);
        return;
    }
    if (!table_is_wide(t->columns[column])) {
        cells_right(s, x, y, width, cell.text, cell.style);
        return;
    }
    int after = *cell.after ? text_width(cell.after) + 2 : 0;
    int room = width - after;
    // A place in the source gives way when the name would be a mere stump.
    bool is_tight = after && room < text_width(cell.text);
    if (is_tight && (cell.after_first_to_go || room < width / 2)) {
        room = width;
        *cell.after = 0;
    }
    cells_text_middle(s, x, y, room, cell.text, cell.style);
    if (*cell.after)
        cells_right(s, x + room + 2, y, after - 2, cell.after, STYLE_DIM);
}

void table_draw(struct table *t, struct screen *s, struct box box) {
    struct table_layout layout = {0};
    table_lay_out(t, box, &layout);
    int head = 1;
    for (int i = 0; i < t->column_count; i++)
        if (t->columns[i]->screen.under && box.height >= 10)
            head = 2;
    table_draw_head(t, s, &layout, box.y, head);
    int rows = box.height - head;
    t->drawn_y = box.y + head;
    t->drawn_rows = rows < 1 ? 0 : rows;
    if (rows < 1)
        return;
    // The cursor is always in sight.
    if (t->top > t->cursor)
        t->top = t->cursor;
    if (t->cursor >= t->top + (uint32_t)rows)
        t->top = t->cursor - (uint32_t)rows + 1;
    if (t->top + (uint32_t)rows > t->row_count)
        t->top =
            t->row_count > (uint32_t)rows ? t->row_count - (uint32_t)rows : 0;
    for (int i = 0; i < rows && t->top + (uint32_t)i < t->row_count; i++) {
        uint32_t at = t->top + (uint32_t)i;
        struct table_row row = t->rows[at];
        int y = box.y + head + i;
        if (row.line > 0) {
            struct box line = {box.x + TABLE_MARGIN, y,
                               box.width - TABLE_MARGIN - 2, 1};
            t->ops->line(t->shown, s, line, row.item, row.line - 1);
        } else {
            for (int c = 0; c < t->column_count; c++)
                if (layout.width[c])
                    table_draw_cell(t, s, &layout, row.item, c, y);
        }
        if (at == t->cursor) {
            cells_put(s, box.x, y, 0x25b6, STYLE_KEY);
            cells_select(s, box.x, y, box.width);
        }
    }
    if (t->row_count == 0)
        cells_text(s, box.x + TABLE_MARGIN, box.y + head, box.width,
                   *t->filter
                       ? "No line has the text of the filter; \\ changes "
                         "it, Esc clears it."
                       : "There is nothing to show here.",
                   STYLE_DIM);
    // How much there is beyond what is seen.
    if (t->row_count > (uint32_t)rows)
        cells_print(
            s, box.x + box.width - 1,
            box.y + head +
                (int)((uint64_t)(rows - 1) * t->cursor / (t->row_count - 1)),
            STYLE_DIM, "\xe2\x94\x82");
}

const struct table_row *table_draw_above(struct table *t, struct screen *s,
                                         struct box box, int detail,
                                         struct box *below) {
    struct box list = box;
    list.height -= detail ? detail + 1 : 0;
    table_draw(t, s, list);
    const struct table_row *row = table_current(t);
    if (!detail || !row)
        return NULL;
    cells_rule(s, box.x, box.y + list.height, box.width);
    *below = (struct box){box.x, box.y + list.height + 1, box.width, detail};
    return row;
}
