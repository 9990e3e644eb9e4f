// diff.c - what differs between two recordings: totals, call sites, classes.
#include "viewer/diff/diff.h"

#include <math.h>
#include <stdlib.h>

#include "viewer/answer/table_list.h"

static const struct diff_part parts[DIFF_LISTS] = {
    {"CALL SITES by live data",
     "sites",
     {"live_bytes", "live_blocks", "allocations"}},
    {"PINS by share", "pins", {"share_bytes", "alone_bytes", "live_blocks"}},
    {"SIZE CLASSES by free bytes in spans",
     "classes",
     {"free_bytes", "used_bytes", "spans", "live_blocks"}},
};

// By how much a column has changed beyond the spread.
static double change_of(const struct pair *row, size_t column) {
    return spread_differs(&row->before[column], &row->after[column])
               ? fabs(row->after[column].middle - row->before[column].middle)
               : 0;
}

static bool is_same(const struct pair *row, size_t columns) {
    for (size_t c = 0; c < columns; c++)
        if (row->before[c].least != row->after[c].least ||
            row->before[c].most != row->after[c].most ||
            row->before[c].middle != row->after[c].middle)
            return false;
    return true;
}

// By how much the first column has changed, then the others.
static int compare(const void *a, const void *b) {
    const struct pair *x = a, *y = b;
    for (size_t c = 0; c < THINGS_COLUMNS; c++) {
        double left = change_of(x, c), right = change_of(y, c);
        if (left != right)
            return left < right ? 1 : -1;
    }
    return 0;
}

static void count_row(struct diff_list *list, const struct pair *row) {
    for (size_t c = 0; c < list->wish.column_count; c++)
        if (change_of(row, c) > 0) {
            if (c == 0)
                list->first++;
            else
                list->others++;
            return;
        }
    list->within++;
}

static void compare_list(struct diff_list *list, const struct diff_part *part,
                         const struct diff *diff) {
    *list = (struct diff_list){.part = part};
    list->wish.table = data_table(part->table);
    for (size_t c = 0; c < THINGS_COLUMNS && part->columns[c]; c++)
        list->wish.columns[list->wish.column_count++] =
            table_column(list->wish.table, part->columns[c]);
    size_t count;
    list->rows = pairs_make(diff->before, diff->after, &list->wish, &count);
    for (size_t i = 0; i < count; i++)
        if (is_same(&list->rows[i], list->wish.column_count))
            list->same++;
        else
            list->rows[list->count++] = list->rows[i];
    for (size_t i = 0; i < list->count; i++)
        count_row(list, &list->rows[i]);
    qsort(list->rows, list->count, sizeof *list->rows, compare);
}

void diff_open(struct diff *diff, const struct runs *before,
               const struct runs *after) {
    *diff = (struct diff){before, after, {{0}}};
    for (int i = 0; i < DIFF_LISTS; i++)
        compare_list(&diff->lists[i], &parts[i], diff);
}

void diff_close(struct diff *diff) {
    for (int i = 0; i < DIFF_LISTS; i++)
        free(diff->lists[i].rows);
}
