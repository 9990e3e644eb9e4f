// table.c - a sortable, searchable list with columns and folding lines.
#include "viewer/ui/table.h"
#include "viewer/base/memory.h"
#include "viewer/base/text.h"
#include "viewer/names/site.h"
#include "viewer/ui/shown.h"

#include <stdlib.h>
#include <string.h>

static int table_compare_names(const struct site *a, const struct site *b) {
    char left[SITE_NAME_BYTES], right[SITE_NAME_BYTES];
    site_name(a, left, sizeof left);
    site_name(b, right, sizeof right);
    return strcmp(left, right);
}

static int table_compare_words(const struct table_column *column, const void *a,
                               const void *b) {
    char left[TABLE_CELL_BYTES], right[TABLE_CELL_BYTES];
    column->say(a, TABLE_SCREEN, left, sizeof left);
    column->say(b, TABLE_SCREEN, right, sizeof right);
    return strcmp(left, right);
}

// Less than, equal to or greater than 0, ascending, as strcmp.
static int table_compare_rows(const struct table *t, const void *a,
                              const void *b) {
    const struct answer *answer = t->shown->answer;
    const struct table_column *column = t->columns[t->sort];
    if (column->kind == TABLE_SITE)
        return table_compare_names(
            (const void *)((const char *)a + column->offset),
            (const void *)((const char *)b + column->offset));
    if (column->kind == TABLE_SAID && !column->order)
        return table_compare_words(column, a, b);
    double left = table_order_of(answer, column, a);
    double right = table_order_of(answer, column, b);
    return left < right ? -1 : left > right;
}

static int table_compare(const void *a, const void *b, void *context) {
    const struct table *t = context;
    uint32_t left = ((const struct table_row *)a)->item;
    uint32_t right = ((const struct table_row *)b)->item;
    int result = table_compare_rows(t, t->ops->row(t->shown, left),
                                    t->ops->row(t->shown, right));
    bool ascending = t->columns[t->sort]->screen.ascending != t->reversed;
    if (result == 0) // equal ones stand in the order of the answer
        return left < right ? -1 : left > right;
    return ascending ? result : -result;
}

// Adds the lines of unfolded items below them.
static void table_unfold_rows(struct table *t) {
    if (!t->ops->lines)
        return;
    size_t count = 0;
    for (uint32_t i = 0; i < t->item_count; i++) {
        uint32_t item = t->rows[i].item;
        count += 1 + (t->unfolded[item] ? t->ops->lines(t->shown, item) : 0);
    }
    struct table_row *rows = memory_get(count * sizeof *rows);
    size_t at = 0;
    for (uint32_t i = 0; i < t->item_count; i++) {
        uint32_t item = t->rows[i].item;
        uint32_t lines = t->unfolded[item] ? t->ops->lines(t->shown, item) : 0;
        for (uint32_t line = 0; line <= lines; line++)
            rows[at++] = (struct table_row){item, line};
    }
    free(t->rows);
    t->rows = rows;
    t->row_count = (uint32_t)count;
}

// Makes the rows anew and keeps the cursor on its item.
static void table_arrange(struct table *t) {
    const struct table_row *current = table_current(t);
    struct table_row keep = current ? *current : (struct table_row){0, 0};
    uint32_t count = t->ops->count(t->shown);
    free(t->rows);
    t->rows = memory_get(((size_t)count + 1) * sizeof *t->rows);
    t->item_count = 0;
    for (uint32_t item = 0; item < count; item++) {
        char name[TABLE_CELL_BYTES];
        if (t->ops->belongs && !t->ops->belongs(t->shown, item))
            continue;
        t->ops->name(t->shown, item, name, sizeof name);
        if (!*t->filter || text_contains(name, t->filter))
            t->rows[t->item_count++] = (struct table_row){item, 0};
    }
    qsort_r(t->rows, t->item_count, sizeof *t->rows, table_compare, t);
    t->row_count = t->item_count;
    table_unfold_rows(t);
    t->cursor = 0;
    for (uint32_t i = 0; i < t->row_count; i++)
        if (t->rows[i].item == keep.item && t->rows[i].line <= keep.line)
            t->cursor = i;
}

void table_open(struct table *t, const struct table_ops *ops,
                const struct shown *shown) {
    *t = (struct table){.ops = ops, .shown = shown};
    t->column_count = table_shown(ops->data, TABLE_SCREEN, t->columns);
    for (int i = 0; i < t->column_count; i++)
        if (strcmp(t->columns[i]->key, ops->sorted) == 0)
            t->sort = i;
    t->unfolded = memory_zeroed((size_t)ops->count(t->shown) + 1, sizeof(bool));
    table_arrange(t);
    t->cursor = 0;
}

void table_show(struct table *t, const struct table_ops *ops,
                const struct shown *shown) {
    struct table old = *t;
    table_open(t, ops, shown);
    if (old.ops == ops) {
        t->sort = old.sort;
        t->reversed = old.reversed;
    }
    memcpy(t->filter, old.filter, sizeof old.filter);
    memcpy(t->search, old.search, sizeof old.search);
    table_arrange(t);
    table_close(&old);
}

void table_close(struct table *t) {
    free(t->rows);
    free(t->unfolded);
    *t = (struct table){0};
}

const struct table_row *table_current(const struct table *t) {
    return t->cursor < t->row_count ? &t->rows[t->cursor] : NULL;
}

bool table_select(struct table *t, uint32_t item) {
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < t->row_count; i++)
            if (t->rows[i].item == item && t->rows[i].line == 0) {
                t->cursor = i;
                return true;
            }
        *t->filter = 0; // perhaps it hides the item
        table_arrange(t);
    }
    return false;
}

void table_click(struct table *t, int y) {
    int row = y - t->drawn_y;
    if (row >= 0 && row < t->drawn_rows &&
        t->top + (uint32_t)row < t->row_count)
        t->cursor = t->top + (uint32_t)row;
}

void table_sort(struct table *t, int column) {
    t->reversed = column == t->sort && !t->reversed;
    t->sort = column;
    table_arrange(t);
    t->cursor = 0;
}

void table_filter(struct table *t) {
    table_arrange(t);
}

bool table_search(struct table *t, int direction, bool here) {
    if (!*t->search || t->row_count == 0)
        return false;
    uint32_t n = t->row_count;
    for (uint32_t step = here ? 0 : 1; step <= n; step++) {
        uint32_t i =
            direction > 0 ? (t->cursor + step) % n : (t->cursor + n - step) % n;
        char name[TABLE_CELL_BYTES];
        if (t->rows[i].line > 0)
            continue;
        t->ops->name(t->shown, t->rows[i].item, name, sizeof name);
        if (text_contains(name, t->search)) {
            t->cursor = i;
            return true;
        }
    }
    return false;
}

static void table_fold(struct table *t, bool unfolded) {
    const struct table_row *row = table_current(t);
    if (!row || !t->ops->lines)
        return;
    uint32_t item = row->item;
    if (t->unfolded[item] == unfolded)
        return;
    t->unfolded[item] = unfolded;
    table_arrange(t);
    while (t->cursor > 0 && t->rows[t->cursor].line > 0)
        t->cursor--;
}

static void table_fold_all(struct table *t) {
    bool all = true;
    for (uint32_t i = 0; i < t->row_count; i++)
        all &= t->unfolded[t->rows[i].item];
    for (uint32_t i = 0; i < t->row_count; i++)
        t->unfolded[t->rows[i].item] = !all;
    table_arrange(t);
    while (t->cursor > 0 && t->rows[t->cursor].line > 0)
        t->cursor--;
}

static void table_move(struct table *t, int64_t rows) {
    int64_t to = (int64_t)t->cursor + rows;
    int64_t last = (int64_t)t->row_count - 1;
    t->cursor = (uint32_t)(to < 0 || last < 0 ? 0 : to > last ? last : to);
}

bool table_act(struct table *t, enum action action) {
    const struct table_row *row = table_current(t);
    int page = t->drawn_rows > 1 ? t->drawn_rows - 1 : 1;
    switch (action) {
    case ACTION_UP:
        table_move(t, -1);
        return true;
    case ACTION_DOWN:
        table_move(t, 1);
        return true;
    case ACTION_PAGE_UP:
        table_move(t, -page);
        return true;
    case ACTION_PAGE_DOWN:
        table_move(t, page);
        return true;
    case ACTION_FIRST:
        t->cursor = 0;
        return true;
    case ACTION_LAST:
        table_move(t, t->row_count);
        return true;
    case ACTION_UNFOLD:
    case ACTION_FOLD:
        table_fold(t, action == ACTION_UNFOLD);
        return true;
    case ACTION_ENTER:
        if (!t->ops->lines || !row)
            return false;
        table_fold(t, !t->unfolded[row->item]);
        return true;
    case ACTION_UNFOLD_ALL:
        table_fold_all(t);
        return true;
    default:
        return false;
    }
}
