// test_table.c - tables as data: what they say of themselves, and as text, CSV
// and Markdown.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/table.h"
#include "viewer/output/report.h"

static struct trace_builder b;
static struct answer *a;
static char *text;

static void begin(void) {
    struct failure failure;
    trace_builder_start(&b);
    trace_builder_text(&b, 1, "a, \"quoted\" | mark\n");
    BUILD(&b, 1, 1000, MARK, 1);
    BUILD(&b, 1, 2000, SEGMENT_MAP, 0, 0x10000, 64 * 65536, 0x10000, 64);
    BUILD(&b, 1, 2001, SPAN_ACQUIRE, 0, 1, 1, 0, TRACE_PLACE_SEGMENT);
    BUILD(&b, 1, 2002, ALLOC, 0, 900, 0, 0);
    BUILD(&b, 1, 2003, SPAN_ACQUIRE, 1, 1, 1, 255, TRACE_PLACE_SEGMENT);
    trace_builder_end(&b, 0);
    a = analyse_trace(trace_builder_save(&b), NULL, &failure);
    cr_assert(ne(ptr, a, NULL), "%s", failure.text);
}

static void end(void) {
    free(text);
    answer_free(a);
    trace_builder_free(&b);
}

TestSuite(table, .init = begin, .fini = end);

static void write_table(const char *key, enum report_format format,
                        size_t top) {
    struct report_options options = {
        .top = top, .table = key, .format = format};
    size_t size;
    free(text);
    FILE *out = open_memstream(&text, &size);
    report_table(a, &options, out);
    fclose(out);
}

Test(table, each_says_of_each_column_what_it_is) {
    char names[500] = "";
    for (size_t i = 0; data_tables[i]; i++) {
        const struct data_table *table = data_tables[i];
        int count = 0;
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s",
                 i > 0 ? "|" : "", table->key);
        cr_expect(eq(ptr, (void *)data_table(table->key), (void *)table));
        for (; table->columns[count].key; count++) {
            const struct table_column *column = &table->columns[count];
            cr_expect(count < DATA_TABLE_COLUMNS - 1, "%s", table->key);
            cr_expect(column->title != NULL && column->help != NULL, "%s.%s",
                      table->key, column->key);
            for (int j = 0; j < count; j++)
                cr_expect(strcmp(table->columns[j].key, column->key) != 0,
                          "%s.%s is there twice", table->key, column->key);
            bool bytes = strstr(column->key, "bytes") != NULL;
            bool ns = strstr(column->key, "_ns") != NULL;
            cr_expect(eq(int, column->unit == TABLE_BYTES, bytes), "%s.%s",
                      table->key, column->key);
            cr_expect(eq(int, column->unit == TABLE_NS, ns), "%s.%s",
                      table->key, column->key);
        }
        cr_expect(count > 0);
    }
    cr_expect(eq(str, names, (char *)DATA_TABLE_NAMES));
    cr_expect(eq(ptr, (void *)data_table("nothing"), NULL));
}

Test(table, csv_has_keys_and_plain_values) {
    write_table("marks", REPORT_CSV, 0);

    cr_expect(eq(str, text,
                 (char *)"at_ns,text\r\n"
                         "1000,\"a, \"\"quoted\"\" | mark\\n\"\r\n"));
}

Test(table, what_is_not_known_is_empty_in_csv) {
    write_table("classes", REPORT_CSV, 0);

    cr_expect(strstr(text, "\r\n0,small,1000,64,1,1,0,1,0,900,100,") != NULL,
              "%s", text);
    cr_expect(strstr(text, "\r\n255,large,,,1,") != NULL, "%s", text);
}

Test(table, markdown_has_titles_and_escapes_bars) {
    write_table("marks", REPORT_MARKDOWN, 0);

    cr_expect(strstr(text, "| at | mark |\n| ---: | --- |\n| 1.00 ") == text,
              "%s", text);
    cr_expect(strstr(text, "\\| mark") != NULL, "%s", text);
}

Test(table, text_has_columns_that_stand_under_their_titles) {
    write_table("classes", REPORT_TEXT, 1);

    char *line = strchr(text, '\n');
    cr_assert(line != NULL);
    char *title = strstr(text, "block"), *value = strstr(line, "1000 B");
    cr_assert(value != NULL, "%s", text);
    cr_expect(
        eq(sz, (size_t)(title + 5 - text), (size_t)(value + 6 - line - 1)),
        "%s", text);
    cr_expect(strstr(line, "  large") == NULL, "one row: %s", text);
    cr_expect(strstr(line, "block: size of a block.\n") != NULL);
}
