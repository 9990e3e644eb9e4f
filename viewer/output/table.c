// table.c - one table of the answer: as text, CSV or Markdown.
#include <inttypes.h>
#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/names/short_name.h"
#include "viewer/output/report.h"

enum {
    CELL_BYTES = 8192, // of one value as text
    TEXT_COLUMNS = 60  // of a text in a table for people
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
    else if (column->kind == TABLE_SIGNED)
        strcpy(out, number_iec_signed(value.signed_number).text);
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

static void put_csv_cell(const char *text, bool first, FILE *out) {
    bool quoted = text[strcspn(text, ",\"\r\n")] != '\0';
    fputs(first ? "" : ",", out);
    if (!quoted) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void put_csv(struct answer *a, const struct data_table *table,
                    size_t rows, FILE *out) {
    char cell[CELL_BYTES];
    for (const struct table_column *c = table->columns; c->key; c++)
        put_csv_cell(c->key, c == table->columns, out);
    fputs("\r\n", out);
    for (size_t i = 0; i < rows; i++) {
        for (const struct table_column *c = table->columns; c->key; c++) {
            say_plain(a, c, table->row(a, i), cell);
            put_csv_cell(cell, c == table->columns, out);
        }
        fputs("\r\n", out);
    }
}

static void put_markdown(struct answer *a, const struct data_table *table,
                         size_t rows, FILE *out) {
    char cell[CELL_BYTES];
    for (const struct table_column *c = table->columns; c->key; c++)
        fprintf(out, "| %s ", c->title);
    fputs("|\n", out);
    for (const struct table_column *c = table->columns; c->key; c++)
        fputs(is_right(c) ? "| ---: " : "| --- ", out);
    fputs("|\n", out);
    for (size_t i = 0; i < rows; i++) {
        for (const struct table_column *c = table->columns; c->key; c++) {
            say(a, c, table->row(a, i), cell);
            fputs("| ", out);
            for (const char *at = cell; *at; at++) {
                if (*at == '|' || *at == '\\')
                    putc('\\', out);
                putc(*at, out);
            }
            putc(' ', out);
        }
        fputs("|\n", out);
    }
}

// The last column needs nothing behind it.
static void put_padded(const char *text, int width,
                       const struct table_column *column, FILE *out) {
    int left = width - text_width(text);
    if (is_right(column))
        fprintf(out, "%*s%s", left, "", text);
    else
        fprintf(out, "%s%*s", text, column[1].key ? left : 0, "");
}

static void put_text(struct answer *a, const struct data_table *table,
                     size_t rows, FILE *out) {
    int width[DATA_TABLE_COLUMNS] = {0};
    char cell[CELL_BYTES];
    int count = 0;
    for (; table->columns[count].key; count++)
        width[count] = text_width(table->columns[count].title);
    for (size_t i = 0; i < rows; i++)
        for (int c = 0; c < count; c++) {
            say(a, &table->columns[c], table->row(a, i), cell);
            if (text_width(cell) > width[c])
                width[c] = text_width(cell);
        }
    for (int c = 0; c < count; c++) {
        fputs(c > 0 ? "  " : "", out);
        put_padded(table->columns[c].title, width[c], &table->columns[c], out);
    }
    putc('\n', out);
    for (size_t i = 0; i < rows; i++) {
        for (int c = 0; c < count; c++) {
            say(a, &table->columns[c], table->row(a, i), cell);
            fputs(c > 0 ? "  " : "", out);
            put_padded(cell, width[c], &table->columns[c], out);
        }
        putc('\n', out);
    }
    for (int c = 0; c < count; c++)
        fprintf(out, "%s%s: %s.\n", c == 0 ? "\n" : "", table->columns[c].title,
                table->columns[c].help);
}

void report_table(struct answer *a, const struct report_options *options,
                  FILE *out) {
    const struct data_table *table = data_table(options->table);
    size_t rows = table->count(a);
    if (options->top > 0 && options->top < rows)
        rows = options->top;
    switch (options->format) {
    case REPORT_CSV:
        put_csv(a, table, rows, out);
        return;
    case REPORT_MARKDOWN:
        put_markdown(a, table, rows, out);
        return;
    default:
        put_text(a, table, rows, out);
        return;
    }
}
