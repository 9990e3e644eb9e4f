// test_table.c - tables as data: what they say of themselves, and as text, CSV
// and Markdown.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viewer/trace_builder.h"
#include "viewer/answer/analyse.h"
#include "viewer/answer/table_list.h"
#include "viewer/output/table.h"

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

static void write_some(const struct selection_wish *wish,
                       enum table_format format) {
    struct selection selection;
    struct failure failure;
    size_t size;
    cr_assert(selection_make(&selection, a, wish, &failure), "%s",
              failure.text);
    free(text);
    FILE *out = open_memstream(&text, &size);
    table_print(a, &selection, format, out);
    fclose(out);
    selection_free(&selection);
}

static void write_table(const char *key, enum table_format format, size_t top) {
    write_some(&(struct selection_wish){.table = key, .top = top}, format);
}

Test(table, each_says_of_each_column_what_it_is) {
    for (size_t i = 0; data_tables[i]; i++) {
        const struct data_table *table = data_tables[i];
        int count = 0;
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
    cr_expect(eq(ptr, (void *)data_table("nothing"), NULL));
}

static bool is_for_people(const struct table_column *column) {
    return column->kind == TABLE_PART || column->kind == TABLE_RATIO ||
           column->kind == TABLE_SAID || column->kind == TABLE_SITE;
}

Test(table, what_is_for_people_only_says_how_it_is_shown_and_sorted) {
    for (size_t i = 0; data_tables[i]; i++) {
        const struct data_table *table = data_tables[i];
        int count = 0;
        for (const struct table_column *c = table->columns; c->key; c++)
            cr_expect(not(is_for_people(c)), "%s.%s", table->key, c->key);
        for (const struct table_column *c = table->shown; c->key; c++) {
            bool part = c->kind == TABLE_PART || c->kind == TABLE_RATIO;
            count++;
            cr_expect(count < DATA_TABLE_SHOWN, "%s", table->key);
            cr_expect(is_for_people(c), "%s.%s", table->key, c->key);
            cr_expect(c->title != NULL);
            cr_expect(eq(int, part, c->part != NULL), "%s.%s", table->key,
                      c->key);
            cr_expect(eq(int, c->kind == TABLE_SAID, c->say != NULL), "%s.%s",
                      table->key, c->key);
            cr_expect(c->report.place > 0 || c->screen.place > 0, "%s.%s",
                      table->key, c->key);
            if (c->screen.place > 0 && c->kind == TABLE_SAID)
                cr_expect(c->left || c->order, "%s.%s", table->key, c->key);
        }
    }
}

Test(table, people_see_columns_from_the_left_and_each_has_a_place) {
    for (size_t i = 0; data_tables[i]; i++)
        for (int reader = TABLE_REPORT; reader <= TABLE_SCREEN; reader++) {
            const struct table_column *columns[TABLE_MOST_SHOWN];
            int count = table_shown(data_tables[i], reader, columns);
            cr_expect(count < TABLE_MOST_SHOWN, "%s", data_tables[i]->key);
            for (int c = 0; c < count; c++)
                cr_expect(
                    eq(int, table_place(columns[c], reader)->place, c + 1),
                    "%s.%s", data_tables[i]->key, columns[c]->key);
        }
}

Test(table, a_number_is_said_in_the_unit_and_a_saving_without_a_sign) {
    const struct table_column *columns[TABLE_MOST_SHOWN];
    struct answer_site site = {.counts = {.share_bytes = 2048,
                                          .moved_bytes = 4096,
                                          .live_bytes = 1024}};
    int count = table_shown(data_table("pins"), TABLE_SCREEN, columns);
    cr_assert(eq(int, count, 7));

    cr_expect(eq(str, table_number(a, columns[1], &site, UNIT_IEC, false).text,
                 (char *)"2.00 KiB"));
    cr_expect(eq(str,
                 table_number(a, columns[1], &site, UNIT_BYTES, false).text,
                 (char *)"2,048"));
    cr_expect(eq(str, table_number(a, columns[3], &site, UNIT_IEC, false).text,
                 (char *)"4.00 KiB"));
    cr_expect(eq(str, table_number(a, columns[5], &site, UNIT_IEC, false).text,
                 (char *)"2.00\xc3\x97"));
    cr_expect(eq(dbl, table_order_of(a, columns[3], &site), 4096));
}

Test(table, csv_has_keys_and_plain_values) {
    write_table("marks", TABLE_AS_CSV, 0);

    cr_expect(eq(str, text,
                 (char *)"at_ns,text\r\n"
                         "1000,\"a, \"\"quoted\"\" | mark\\n\"\r\n"));
}

Test(table, what_is_not_known_is_empty_in_csv) {
    write_table("classes", TABLE_AS_CSV, 0);

    cr_expect(strstr(text, "\r\n0,small,1000,64,1,1,0,1,0,900,100,") != NULL,
              "%s", text);
    cr_expect(strstr(text, "\r\n255,large,,,1,") != NULL, "%s", text);
}

Test(table, json_says_what_was_asked_and_the_chosen_columns) {
    write_some(&(struct selection_wish){.table = "classes",
                                        .columns = "block_bytes,spans",
                                        .where = "block_bytes = none"},
               TABLE_AS_JSON);

    cr_expect(strstr(text, "\"schema\": \"rpscope.query/1\"") != NULL);
    cr_expect(strstr(text, "\"table\": \"classes\"") != NULL);
    cr_expect(strstr(text, "\"matched_rows\": 1,") != NULL, "%s", text);
    cr_expect(strstr(text, "{\n   \"block_bytes\": null,\n   \"spans\": 1\n"
                           "  }\n") != NULL,
              "%s", text);
}

Test(table, no_text_is_a_formula_to_a_spreadsheet) {
    static const struct table_column mark = {.key = "text", .kind = TABLE_TEXT};
    static const struct data_table marks = {.key = "marks"};
    static const char *const texts[] = {"=1+2", "+1", "-1", "@a", "a=1", "=,"};
    const void *rows[] = {&texts[0], &texts[1], &texts[2],
                          &texts[3], &texts[4], &texts[5]};
    struct selection selection = {.table = &marks,
                                  .columns = {&mark},
                                  .column_count = 1,
                                  .rows = rows,
                                  .row_count = 6};
    size_t size;
    FILE *out = open_memstream(&text, &size);
    table_print(a, &selection, TABLE_AS_CSV, out);
    fclose(out);

    cr_expect(eq(str, text,
                 (char *)"text\r\n'=1+2\r\n'+1\r\n'-1\r\n'@a\r\na=1\r\n"
                         "\"'=,\"\r\n"));
}

Test(table, markdown_has_titles_and_escapes_bars) {
    write_table("marks", TABLE_AS_MARKDOWN, 0);

    cr_expect(strstr(text, "| at | mark |\n| ---: | --- |\n| 1.00 ") == text,
              "%s", text);
    cr_expect(strstr(text, "\\| mark") != NULL, "%s", text);
}

Test(table, one_row_of_many_columns_stands_upright) {
    write_table("classes", TABLE_AS_TEXT, 1);

    cr_expect(strstr(text, "\nblock               1000 B  size of a block\n") !=
                  NULL,
              "%s", text);
}

Test(table, text_has_columns_that_stand_under_their_titles) {
    write_some(&(struct selection_wish){.table = "classes",
                                        .columns = "name,block_bytes,spans",
                                        .top = 1},
               TABLE_AS_TEXT);

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
