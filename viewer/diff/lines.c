// lines.c - a difference as cells of text, for people.
#include "viewer/diff/lines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viewer/answer/heap_tables.h"
#include "viewer/answer/totals_table.h"
#include "viewer/base/number.h"
#include "viewer/names/short_name.h"

static void say(const struct table_column *column, double value, bool sign,
                char *out) {
    const char *mark = !sign || value == 0 ? "" : value < 0 ? "-" : "+";
    double size = fabs(value);
    struct number number;
    if (column->kind == TABLE_REAL)
        number = number_ratio(size, 1);
    else if (column->unit == TABLE_BYTES)
        number = number_iec((uint64_t)(size + 0.5));
    else if (column->unit == TABLE_NS)
        number = number_time((uint64_t)(size + 0.5));
    else
        number = number_count((uint64_t)(size + 0.5));
    snprintf(out, LINES_CELL_BYTES, "%s%s", mark, number.text);
}

void diff_cells(const struct table_column *column, const struct spread *before,
                const struct spread *after, struct diff_cells *cells) {
    double was = before->middle, is = after->middle;
    say(column, was, false, cells->before);
    say(column, is, false, cells->after);
    say(column, is - was, true, cells->change);
    say(column, fmax(before->most - before->least, after->most - after->least),
        false, cells->spread);
    if (was == is)
        strcpy(cells->share, "");
    else if (was == 0)
        strcpy(cells->share, "new");
    else if (is == 0)
        strcpy(cells->share, "gone");
    else
        snprintf(cells->share, sizeof cells->share, "%s%s",
                 is < was ? "-" : "+",
                 number_percent(fabs(is - was), was).text);
}

void diff_name(const struct diff_list *list, const struct pair *row,
               size_t width, char out[LINES_NAME_BYTES]) {
    char name[LINES_NAME_BYTES];
    if (list->wish.table == &classes_table)
        table_class_name(row->row, TABLE_REPORT, name, sizeof name);
    else
        site_sentence(&((const struct answer_site *)row->row)->where, name,
                      sizeof name);
    short_fit(out, LINES_NAME_BYTES, name, width);
}

static bool is_compared(const struct table_column *column) {
    static const char *const keys[] = {"at_ns", "duration_ns", "segments",
                                       "spans_used", "lost_events"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(column->key, keys[i]) == 0)
            return false;
    return true;
}

const struct table_column *const *diff_totals(void) {
    static const struct table_column *list[DATA_TABLE_COLUMNS + 1];
    size_t count = 0;
    for (const struct table_column *c = totals_table.columns; c->key; c++)
        if (is_compared(c))
            list[count++] = c;
    list[count] = NULL;
    return list;
}

struct spread diff_total(const struct runs *runs,
                         const struct table_column *column) {
    double values[RUNS_MOST];
    for (size_t i = 0; i < runs->count; i++)
        values[i] = table_order_of(runs->list[i], column, runs->list[i]);
    return spread_of(values, runs->count);
}
