// table.c - what was chosen of a table: as text, CSV, Markdown or JSON.
#include "viewer/output/table.h"

#include <inttypes.h>
#include <string.h>

#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/names/short_name.h"
#include "viewer/output/json_value.h"
#include "viewer/output/markdown_text.h"

enum {
    CELL_BYTES = 8192, // of one value as text
    TEXT_COLUMNS = 60, // of a text in a table for people
    WIDE_COLUMNS = 10,
};

static bool is_right(const struct table_column *column) {
    return column->kind != TABLE_TEXT && column->kind != TABLE_LIST &&
           column->kind != TABLE_FRAMES && column->kind != TABLE_BOOL;
}

// ---- one value ----

// "inner < outer < ...", as far as there is room.
static void say_frames(struct answer *a, size_t stack, char *out) {
    size_t count, at = 0;
    const struct frame *frames = answer_frames(a, stack, &count);
    *out = '\0';
    for (size_t i = 0; i < count && at + 300 < CELL_BYTES; i++) {
        char name[256];
        short_function(name, sizeof name,
                       frames[i].function ? frames[i].function : "?");
        at += (size_t)snprintf(out + at, CELL_BYTES - at, "%s%s",
                               i > 0 ? " < " : "", name);
    }
}

static void say_list(const struct table_column *column,
                     const struct table_value *value, char *out) {
    size_t at = 0;
    *out = '\0';
    for (int i = 0; i < column->length && at + 32 < CELL_BYTES; i++)
        at += (size_t)snprintf(out + at, CELL_BYTES - at, "%s%" PRIu64,
                               i > 0 ? " " : "", value->list[i]);
}

// A value as a machine reads it: in its unit, as it is.
static void say_plain(struct answer *a, const struct table_column *column,
                      const void *row, char *out) {
    struct table_value value = table_value(a, column, row);
    char names[CELL_BYTES];
    *out = '\0';
    if (!value.known)
        return;
    switch (column->kind) {
    case TABLE_TEXT:
        escape_text(out, CELL_BYTES, value.text);
        return;
    case TABLE_FRAMES:
        say_frames(a, value.number, names);
        escape_text(out, CELL_BYTES, names);
        return;
    case TABLE_LIST:
        say_list(column, &value, out);
        return;
    case TABLE_BOOL:
        strcpy(out, value.number ? "yes" : "no");
        return;
    case TABLE_REAL:
        snprintf(out, CELL_BYTES, "%.6g", value.real);
        return;
    case TABLE_SIGNED:
        snprintf(out, CELL_BYTES, "%" PRId64, value.signed_number);
        return;
    default:
        snprintf(out, CELL_BYTES, "%" PRIu64, value.number);
        return;
    }
}

// A value as people read it.
static void say(struct answer *a, const struct table_column *column,
                const void *row, char *out) {
    struct table_value value = table_value(a, column, row);
    char names[CELL_BYTES];
    if (!value.known)
        strcpy(out, "-");
    else if (column->kind == TABLE_REAL)
        strcpy(out, number_ratio(value.real, 1).text);
    else if (column->kind == TABLE_SIGNED)
        strcpy(out, table_number(a, column, row, UNIT_IEC, true).text);
    else if (is_right(column) && column->unit == TABLE_BYTES)
        strcpy(out, number_iec(value.number).text);
    else if (is_right(column) && column->unit == TABLE_NS)
        strcpy(out, number_time(value.number).text);
    else if (is_right(column) && column->unit == TABLE_COUNT)
        strcpy(out, number_exact(value.number).text);
    else if (column->kind == TABLE_TEXT)
        short_fit(out, CELL_BYTES, value.text, TEXT_COLUMNS);
    else if (column->kind == TABLE_FRAMES) {
        say_frames(a, value.number, names);
        short_fit(out, CELL_BYTES, names, TEXT_COLUMNS);
    } else
        say_plain(a, column, row, out);
}

// ---- the formats ----

// What a spreadsheet would take for a formula gets a ' in front.
static bool is_formula(const struct table_column *column, const char *text) {
    return (column->kind == TABLE_TEXT || column->kind == TABLE_FRAMES) &&
           *text && strchr("=+-@", *text);
}

static void put_csv_cell(const char *text, bool formula, FILE *out) {
    bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';
    if (quoted)
        putc('"', out);
    if (formula)
        putc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    if (quoted)
        putc('"', out);
}

static void put_csv(struct answer *a, const struct selection *s, FILE *out) {
    char cell[CELL_BYTES];
    for (size_t c = 0; c < s->column_count; c++) {
        fputs(c > 0 ? "," : "", out);
        put_csv_cell(s->columns[c]->key, false, out);
    }
    fputs("\r\n", out);
    for (size_t i = 0; i < s->row_count; i++) {
        for (size_t c = 0; c < s->column_count; c++) {
            say_plain(a, s->columns[c], s->rows[i], cell);
            fputs(c > 0 ? "," : "", out);
            put_csv_cell(cell, is_formula(s->columns[c], cell), out);
        }
        fputs("\r\n", out);
    }
}

static void put_markdown(struct answer *a, const struct selection *s,
                         FILE *out) {
    char cell[CELL_BYTES];
    for (size_t c = 0; c < s->column_count; c++)
        fprintf(out, "| %s ", s->columns[c]->title);
    fputs("|\n", out);
    for (size_t c = 0; c < s->column_count; c++)
        fputs(is_right(s->columns[c]) ? "| ---: " : "| --- ", out);
    fputs("|\n", out);
    for (size_t i = 0; i < s->row_count; i++) {
        for (size_t c = 0; c < s->column_count; c++) {
            say(a, s->columns[c], s->rows[i], cell);
            fputs("| ", out);
            markdown_text(cell, out);
            putc(' ', out);
        }
        fputs("|\n", out);
    }
}

// The last column needs nothing behind it.
static void put_padded(const char *text, int width, bool right, bool last,
                       FILE *out) {
    int left = width - text_width(text);
    if (right)
        fprintf(out, "%*s%s", left, "", text);
    else
        fprintf(out, "%s%*s", text, last ? 0 : left, "");
}

// One row of many columns stands upright.
static void put_upright(struct answer *a, const struct selection *s,
                        FILE *out) {
    char cell[CELL_BYTES];
    int title = 0, width = 0;
    for (size_t c = 0; c < s->column_count; c++) {
        say(a, s->columns[c], s->rows[0], cell);
        if (text_width(cell) > width)
            width = text_width(cell);
        if (text_width(s->columns[c]->title) > title)
            title = text_width(s->columns[c]->title);
    }
    for (size_t c = 0; c < s->column_count; c++) {
        say(a, s->columns[c], s->rows[0], cell);
        put_padded(s->columns[c]->title, title, false, false, out);
        fputs("  ", out);
        put_padded(cell, width, is_right(s->columns[c]), false, out);
        fprintf(out, "  %s\n", s->columns[c]->help);
    }
}

static void put_text(struct answer *a, const struct selection *s, FILE *out) {
    if (s->row_count == 1 && s->column_count > WIDE_COLUMNS) {
        put_upright(a, s, out);
        return;
    }
    int width[DATA_TABLE_COLUMNS] = {0};
    char cell[CELL_BYTES];
    for (size_t c = 0; c < s->column_count; c++)
        width[c] = text_width(s->columns[c]->title);
    for (size_t i = 0; i < s->row_count; i++)
        for (size_t c = 0; c < s->column_count; c++) {
            say(a, s->columns[c], s->rows[i], cell);
            if (text_width(cell) > width[c])
                width[c] = text_width(cell);
        }
    for (size_t i = 0; i <= s->row_count; i++) { // the titles first
        for (size_t c = 0; c < s->column_count; c++) {
            if (i > 0)
                say(a, s->columns[c], s->rows[i - 1], cell);
            fputs(c > 0 ? "  " : "", out);
            put_padded(i > 0 ? cell : s->columns[c]->title, width[c],
                       is_right(s->columns[c]), c + 1 == s->column_count, out);
        }
        putc('\n', out);
    }
    for (size_t c = 0; c < s->column_count; c++)
        fprintf(out, "%s%s: %s.\n", c == 0 ? "\n" : "", s->columns[c]->title,
                s->columns[c]->help);
}

static void put_json(struct answer *a, const struct selection *s, FILE *out) {
    struct json json = {.out = out};
    json_open(&json, NULL, '{');
    json_text(&json, "schema", "rpscope.query/1");
    json_text(&json, "trace", a->path);
    json_text(&json, "table", s->table->key);
    json_number(&json, "at_ns", a->now.time_ns);
    json_bool(&json, "complete", a->quality.complete);
    json_number(&json, "matched_rows", s->matched);
    json_open(&json, "rows", '[');
    for (size_t i = 0; i < s->row_count; i++) {
        json_open(&json, NULL, '{');
        for (size_t c = 0; c < s->column_count; c++)
            json_value(&json, a, s->columns[c], s->rows[i]);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    putc('\n', out);
}

enum table_format table_format(const char *word) {
    return !word                           ? TABLE_AS_TEXT
           : strcmp(word, "csv") == 0      ? TABLE_AS_CSV
           : strcmp(word, "markdown") == 0 ? TABLE_AS_MARKDOWN
           : strcmp(word, "json") == 0     ? TABLE_AS_JSON
                                           : TABLE_AS_TEXT;
}

void table_print(struct answer *answer, const struct selection *selection,
                 enum table_format format, FILE *out) {
    static void (*const put[TABLE_FORMATS])(
        struct answer *, const struct selection *, FILE *) = {
        [TABLE_AS_TEXT] = put_text,
        [TABLE_AS_CSV] = put_csv,
        [TABLE_AS_MARKDOWN] = put_markdown,
        [TABLE_AS_JSON] = put_json,
    };
    put[format](answer, selection, out);
}
