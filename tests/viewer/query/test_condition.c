// test_condition.c - conditions on the rows of a table.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/viewer/sample.h"
#include "viewer/answer/table_list.h"
#include "viewer/query/condition.h"

static struct condition conditions[CONDITIONS_MOST];

// The rows of the sample's table for which they hold, as "02": one digit each.
static const char *rows(const char *table, const char *text) {
    static char found[64];
    struct failure failure = {.text = ""};
    struct answer *a = sample_answer();
    const struct data_table *t = data_table(table);
    size_t count = conditions_read(t, text, conditions, &failure), at = 0;

    cr_assert(gt(sz, count, 0), "%s: %s", text, failure.text);
    for (size_t i = 0; i < t->count(a) && at + 2 < sizeof found; i++)
        if (conditions_hold(a, conditions, count, t->row(a, i)))
            at += (size_t)snprintf(found + at, sizeof found - at, "%zu", i);
    found[at] = '\0';
    return found;
}

// The same, by a look at each row.
static const char *brute(bool (*holds)(const struct answer_class *)) {
    static char found[64];
    struct answer *a = sample_answer();
    size_t at = 0;
    for (size_t i = 0; i < a->class_count; i++)
        if (holds(&a->classes[i]))
            at += (size_t)snprintf(found + at, sizeof found - at, "%zu", i);
    found[at] = '\0';
    return found;
}

static bool is_large(const struct answer_class *c) {
    return c->block_bytes == 0;
}
static bool is_sized(const struct answer_class *c) {
    return c->block_bytes != 0;
}
static bool is_of_256_and_more(const struct answer_class *c) {
    return c->block_bytes >= 256;
}
static bool is_between(const struct answer_class *c) {
    return c->free_bytes > 1024 && c->free_bytes <= (1 << 20);
}

Test(condition, numbers_are_compared_in_the_unit_of_the_column) {
    cr_expect(eq(str, (char *)rows("classes", "block_bytes >= 256"),
                 (char *)brute(is_of_256_and_more)));
    cr_expect(eq(str, (char *)rows("classes", "block_bytes>=0.25KiB"),
                 (char *)brute(is_of_256_and_more)));
    cr_expect(
        eq(str, (char *)rows("classes", "free_bytes > 1K and free_bytes<=1MiB"),
           (char *)brute(is_between)));
}

Test(condition, what_is_not_known_is_none_and_no_number) {
    cr_assert(ne(str, (char *)brute(is_large), (char *)""));
    cr_expect(eq(str, (char *)rows("classes", "block_bytes = none"),
                 (char *)brute(is_large)));
    cr_expect(eq(str, (char *)rows("classes", "block_bytes != none"),
                 (char *)brute(is_sized)));
    // Neither less nor more than anything.
    cr_expect(eq(str, (char *)rows("classes", "block_bytes >= 0"),
                 (char *)brute(is_sized)));
    cr_expect(eq(str, (char *)rows("classes", "block_bytes < 8TiB"),
                 (char *)brute(is_sized)));
}

Test(condition, texts_are_equal_or_contain) {
    struct answer *a = sample_answer();
    const char *name = a->sites[0].where.function;
    char text[300];
    cr_assert(ne(ptr, (void *)name, NULL));

    snprintf(text, sizeof text, "function = '%s'", name);
    cr_expect(eq(chr, rows("sites", text)[0], '0'), "%s", text);
    snprintf(text, sizeof text, "function != \"%s\"", name);
    cr_expect(ne(chr, rows("sites", text)[0], '0'), "%s", text);
    snprintf(text, sizeof text, "function ~ '%.4s'", name);
    cr_expect(eq(chr, rows("sites", text)[0], '0'), "%s", text);
    snprintf(text, sizeof text, "function !~ '%.4s'", name);
    cr_expect(ne(chr, rows("sites", text)[0], '0'), "%s", text);
}

static const struct {
    const char *text, *sentence;
} wrong[] = {
    {"", "expected a column of the table classes at \"\""},
    {"free_byte > 1", "has no column \"free_byte\" (did you mean free_bytes?)"},
    {"free_bytes 1", "expected =, !=, <, <=, >, >=, ~ or !~ behind free_bytes"},
    {"free_bytes >", "is compared with nothing"},
    {"free_bytes > x", "takes bytes such as 4096, 4KiB or 1.5MiB, not \"x\""},
    {"free_bytes > 1KB", "takes bytes such as"},
    {"free_bytes ~ 1", "free_bytes is no text"},
    {"free_bytes > none", "none is compared by = or != only"},
    {"free_bytes > 1 or free_bytes < 9", "expected \"and\" between conditions"},
    {"free_bytes > 1 and", "expected a column of the table classes at \"\""},
    {"name > small", "name is a text"},
    {"name = 'small", "what has no end"},
    {"fullness = 1", "fullness is a list"},
};

Test(condition, what_is_none_is_told_where) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct failure failure = {.text = ""};
        cr_expect(zero(sz, conditions_read(data_table("classes"), wrong[i].text,
                                           conditions, &failure)),
                  "%s", wrong[i].text);
        cr_expect(strstr(failure.text, wrong[i].sentence) != NULL, "%s: %s",
                  wrong[i].text, failure.text);
    }
}

Test(condition, there_are_no_more_than_there_is_room_for) {
    char text[1000] = "spans > 0";
    struct failure failure = {.text = ""};
    for (int i = 1; i < CONDITIONS_MOST; i++)
        strcat(text, " and spans > 0");
    cr_expect(eq(
        sz, conditions_read(data_table("classes"), text, conditions, &failure),
        CONDITIONS_MOST));
    strcat(text, " and spans > 0");
    cr_expect(zero(sz, conditions_read(data_table("classes"), text, conditions,
                                       &failure)));
    cr_expect(eq(str, failure.text, (char *)"more than 16 conditions"));
}
