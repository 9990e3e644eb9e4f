// diff.c - what differs between two recordings: totals, call sites, classes.
#include "viewer/diff/diff.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/memory.h"

static const struct diff_part parts[DIFF_LISTS] = {
    {"CALL SITES by live data",
     "sites",
     {"live_bytes", "live_blocks", "allocations"}},
    {"PINS by share", "pins", {"share_bytes", "alone_bytes", "live_blocks"}},
    {"SIZE CLASSES by free bytes in spans",
     "classes",
     {"free_bytes", "used_bytes", "spans", "live_blocks"}},
};

static bool differs(const struct diff_row *row, size_t columns) {
    for (size_t c = 0; c < columns; c++)
        if (row->before[c] != row->after[c])
            return true;
    return false;
}

static void add(struct diff_list *list, const struct diff_row *row) {
    if (differs(row, list->wish.column_count))
        list->rows[list->count++] = *row;
    else
        list->same++;
}

// By how much the first column has changed, then the others.
static int compare(const void *a, const void *b) {
    const struct diff_row *x = a, *y = b;
    for (int c = 0; c < THINGS_COLUMNS; c++) {
        double left = fabs(x->after[c] - x->before[c]);
        double right = fabs(y->after[c] - y->before[c]);
        if (left != right)
            return left < right ? 1 : -1;
    }
    return 0;
}

static void compare_list(struct diff_list *list, const struct diff_part *part,
                         struct answer *before, struct answer *after) {
    *list = (struct diff_list){.part = part};
    list->wish.table = data_table(part->table);
    for (size_t c = 0; c < THINGS_COLUMNS && part->columns[c]; c++)
        list->wish.columns[list->wish.column_count++] =
            table_column(list->wish.table, part->columns[c]);
    struct things was, is;
    things_make(&was, before, &list->wish);
    things_make(&is, after, &list->wish);
    list->rows = memory_zeroed(was.count + is.count, sizeof *list->rows);
    for (size_t i = 0; i < is.count; i++) {
        const struct thing *same = things_find(&was, after, is.list[i].row);
        struct diff_row row = {
            .row = is.list[i].row, .of = after, .is_new = !same};
        memcpy(row.after, is.list[i].sum, sizeof row.after);
        if (same)
            memcpy(row.before, same->sum, sizeof row.before);
        add(list, &row);
    }
    for (size_t i = 0; i < was.count; i++) {
        struct diff_row row = {
            .row = was.list[i].row, .of = before, .is_gone = true};
        if (things_find(&is, before, row.row))
            continue;
        memcpy(row.before, was.list[i].sum, sizeof row.before);
        add(list, &row);
    }
    qsort(list->rows, list->count, sizeof *list->rows, compare);
    things_free(&was);
    things_free(&is);
}

void diff_open(struct diff *diff, struct answer *before, struct answer *after) {
    *diff = (struct diff){before, after, {{0}}};
    for (int i = 0; i < DIFF_LISTS; i++)
        compare_list(&diff->lists[i], &parts[i], before, after);
}

void diff_close(struct diff *diff) {
    for (int i = 0; i < DIFF_LISTS; i++)
        free(diff->lists[i].rows);
}
