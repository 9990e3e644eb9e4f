// table_help.c - what tables and columns there are, and what they mean.
#include "viewer/output/table_help.h"

#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/json.h"

// What a value is, in a word.
static const char *type_of(const struct table_column *column) {
    switch (column->kind) {
    case TABLE_TEXT:
        return "text";
    case TABLE_BOOL:
        return "yes or no";
    case TABLE_LIST:
        return "list of counts";
    case TABLE_FRAMES:
        return "stack";
    default:
        return column->unit == TABLE_BYTES   ? "bytes"
               : column->unit == TABLE_NS    ? "ns"
               : column->unit == TABLE_COUNT ? "count"
                                             : "number";
    }
}

static void put_text(const struct data_table *table, FILE *out) {
    fprintf(out, "%s: %s\n", table->key, table->title);
    for (const struct table_column *c = table->columns; c->key; c++)
        fprintf(out, "  %-18s %-14s %s\n", c->key, type_of(c), c->help);
}

static void put_json(struct json *json, const struct data_table *table) {
    json_open(json, NULL, '{');
    json_text(json, "key", table->key);
    json_text(json, "title", table->title);
    json_open(json, "columns", '[');
    for (const struct table_column *c = table->columns; c->key; c++) {
        json_open(json, NULL, '{');
        json_text(json, "key", c->key);
        json_text(json, "title", c->title);
        json_text(json, "type", type_of(c));
        json_bool(json, "may_be_unknown", c->optional || c->kind == TABLE_TEXT);
        json_text(json, "meaning", c->help);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

void table_help(const char *table, bool json, FILE *out) {
    struct json writer = {.out = out};
    if (json) {
        json_open(&writer, NULL, '{');
        json_text(&writer, "schema", "rpscope.tables/1");
        json_open(&writer, "tables", '[');
    }
    bool first = true;
    for (size_t i = 0; data_tables[i]; i++) {
        if (table && strcmp(table, data_tables[i]->key) != 0)
            continue;
        if (json) {
            put_json(&writer, data_tables[i]);
        } else {
            fputs(first ? "" : "\n", out);
            put_text(data_tables[i], out);
        }
        first = false;
    }
    if (json) {
        json_close(&writer, ']');
        json_close(&writer, '}');
        putc('\n', out);
    }
}
