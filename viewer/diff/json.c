// json.c - what differs, as one JSON object: "rpscope.diff/1".
#include <math.h>

#include "viewer/answer/totals_table.h"
#include "viewer/base/json.h"
#include "viewer/diff/lines.h"
#include "viewer/output/json_value.h"

static void put_pair(struct json *json, const char *key,
                     const struct spread *before, const struct spread *after,
                     bool several) {
    json_open(json, key, '{');
    json_double(json, "before", before->middle);
    json_double(json, "after", after->middle);
    if (several) {
        json_double(json, "before_least", before->least);
        json_double(json, "before_most", before->most);
        json_double(json, "after_least", after->least);
        json_double(json, "after_most", after->most);
        json_bool(json, "beyond_spread", spread_differs(before, after));
    }
    json_close(json, '}');
}

static bool is_number(const struct table_column *column,
                      const struct diff_list *list) {
    for (size_t c = 0; c < list->wish.column_count; c++)
        if (list->wish.columns[c] == column)
            return true;
    return false;
}

// What names the row, then its numbers.
static void put_row(struct json *json, const struct diff_list *list,
                    const struct pair *row, bool several) {
    json_open(json, NULL, '{');
    for (const struct table_column *c = list->wish.table->columns; c->key; c++)
        if (!is_number(c, list) &&
            (c->kind == TABLE_TEXT || c->unit == TABLE_PLAIN ||
             things_is_name(list->wish.table, c)) &&
            c->kind != TABLE_FRAMES)
            json_value(json, row->of, c, row->row);
    for (size_t c = 0; c < list->wish.column_count; c++)
        put_pair(json, list->wish.columns[c]->key, &row->before[c],
                 &row->after[c], several);
    json_close(json, '}');
}

void diff_json(const struct diff *diff, FILE *out) {
    struct json json = {.out = out};
    bool several = diff->before->count > 1 || diff->after->count > 1;
    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.diff/1");
    json_text(&json, "before", diff->before->list[0]->path);
    json_text(&json, "after", diff->after->list[0]->path);
    runs_json(&json, "runs_before", diff->before);
    runs_json(&json, "runs_after", diff->after);
    json_open(&json, "totals", '{');
    for (const struct table_column *c = totals_table.columns; c->key; c++) {
        struct spread before = diff_total(diff->before, c);
        struct spread after = diff_total(diff->after, c);
        put_pair(&json, c->key, &before, &after, several);
    }
    json_close(&json, '}');
    for (int i = 0; i < DIFF_LISTS; i++) {
        json_open(&json, diff->lists[i].part->table, '[');
        for (size_t r = 0; r < diff->lists[i].count; r++)
            put_row(&json, &diff->lists[i], &diff->lists[i].rows[r], several);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    putc('\n', out);
}
