// json.c - what differs, as one JSON object: "rpscope.diff/1".
#include <math.h>

#include "viewer/answer/totals_table.h"
#include "viewer/base/json.h"
#include "viewer/diff/lines.h"
#include "viewer/output/json_value.h"

static void put_pair(struct json *json, const char *key, double before,
                     double after) {
    json_open(json, key, '{');
    json_double(json, "before", before);
    json_double(json, "after", after);
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
                    const struct diff_row *row) {
    json_open(json, NULL, '{');
    for (const struct table_column *c = list->wish.table->columns; c->key; c++)
        if (!is_number(c, list) &&
            (c->kind == TABLE_TEXT || c->unit == TABLE_PLAIN ||
             things_is_name(c)) &&
            c->kind != TABLE_FRAMES)
            json_value(json, (struct answer *)row->of, c, row->row);
    for (size_t c = 0; c < list->wish.column_count; c++)
        put_pair(json, list->wish.columns[c]->key, row->before[c],
                 row->after[c]);
    json_close(json, '}');
}

void diff_json(const struct diff *diff, FILE *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.diff/1");
    json_text(&json, "before", diff->before->path);
    json_text(&json, "after", diff->after->path);
    json_open(&json, "totals", '{');
    for (const struct table_column *c = totals_table.columns; c->key; c++)
        put_pair(&json, c->key, diff_total(diff->before, c),
                 diff_total(diff->after, c));
    json_close(&json, '}');
    for (int i = 0; i < DIFF_LISTS; i++) {
        json_open(&json, diff->lists[i].part->table, '[');
        for (size_t r = 0; r < diff->lists[i].count; r++)
            put_row(&json, &diff->lists[i], &diff->lists[i].rows[r]);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    putc('\n', out);
}
