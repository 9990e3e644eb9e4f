// test_rule.c - rules: what they say, and what is told of those that are none.
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/check/rules.h"

static struct rule rule;

static void read_rule(const char *text) {
    struct failure failure = {.text = ""};
    cr_assert(rule_read(text, &rule, &failure), "%s: %s", text, failure.text);
}

Test(rule, without_a_table_it_is_about_the_totals) {
    read_rule("  held_bytes <= 1.5MiB \n");

    cr_expect(eq(str, rule.text, (char *)"held_bytes <= 1.5MiB"));
    cr_expect(eq(str, (char *)rule.table->key, (char *)"totals"));
    cr_expect(eq(str, (char *)rule.column->key, (char *)"held_bytes"));
    cr_expect(eq(int, rule.of, RULE_EACH));
    cr_expect(eq(int, rule.how, CONDITION_AT_MOST));
    cr_expect(rule.factor == 0 && !rule.has_base);
    cr_expect(eq(dbl, rule.more, 1.5 * 1048576));
}

Test(rule, with_a_table_it_is_about_the_rows_that_are_chosen) {
    read_rule("sites [ function ~ 'a]b' and live_bytes>1K ] : sum spans < 7");

    cr_expect(eq(str, (char *)rule.table->key, (char *)"sites"));
    cr_expect(eq(sz, rule.condition_count, 2));
    cr_expect(eq(str, rule.conditions[0].text, (char *)"a]b"));
    cr_expect(eq(int, rule.of, RULE_SUM));
    cr_expect(eq(str, (char *)rule.column->key, (char *)"spans"));
    cr_expect(eq(dbl, rule.more, 7));

    read_rule("findings: rows=0");
    cr_expect(eq(int, rule.of, RULE_ROWS));
    cr_expect(eq(ptr, (void *)rule.column, NULL));
    cr_expect(eq(int, rule.how, CONDITION_EQUAL));
}

Test(rule, a_limit_may_follow_from_a_baseline) {
    static const struct {
        const char *limit;
        double factor, more;
    } table[] = {
        {"base", 1, 0},          {"base + 5%", 1.05, 0},
        {"base-50%", 0.5, 0},    {"base + 1MiB", 1, 1048576},
        {"base - 4K", 1, -4096}, {"base+0.5%", 1.005, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[64];
        snprintf(text, sizeof text, "held_bytes <= %s", table[i].limit);
        read_rule(text);
        cr_expect(rule.has_base);
        cr_expect(epsilon_eq(dbl, rule.factor, table[i].factor, 1e-12), "%s",
                  text);
        cr_expect(eq(dbl, rule.more, table[i].more), "%s", text);
    }
}

static const struct {
    const char *text, *sentence;
} wrong[] = {
    {"", "expected a column of the table totals, or rows, at \"\""},
    {"held_byte < 1", "(did you mean held_bytes?)"},
    {"pin: share_bytes < 1", "no table \"pin\" (did you mean pins?)"},
    {"pins[function = x: spans < 1", "there is no ] to the ["},
    {"pins[function = x] spans < 1", "expected : behind the table pins"},
    {"pins[]: spans < 1", "expected a column of the table pins at \"\""},
    {"pins[spans]: spans < 1", "behind spans"},
    {"pins: function < 1", "function is no number: it belongs into [ ]"},
    {"pins: sum < 1", "expected a column of the table pins"},
    {"held_bytes 1", "expected <=, <, >=, >, = or !=, not \"1\""},
    {"held_bytes ~ 1", "expected <=, <, >=, >, = or !=, not \"~ 1\""},
    {"held_bytes <", "expected bytes such as 4KiB, or base"},
    {"held_bytes < 1KB", "not \"1KB\""},
    {"held_bytes < 5%", "not \"5%\""},
    {"held_bytes < base + ", "not \"base +\""},
    {"held_bytes < base + 5x", "not \"base + 5x\""},
    {"held_bytes < base * 2", "not \"base * 2\""},
    {"held_bytes < based", "not \"based\""},
    {"ratio < 1MiB", "expected a number"},
};

Test(rule, what_is_none_is_told_where) {
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct failure failure = {.text = ""};
        cr_expect(not(rule_read(wrong[i].text, &rule, &failure)), "%s",
                  wrong[i].text);
        cr_expect(strstr(failure.text, wrong[i].sentence) != NULL, "%s: %s",
                  wrong[i].text, failure.text);
    }
    char *large = calloc(1, 10000);
    struct failure failure = {.text = ""};
    memset(large, 'a', 9999);
    cr_expect(not(rule_read(large, &rule, &failure)));
    cr_expect(strstr(failure.text, "a rule has at most") != NULL);
    free(large);
}

// ---- files ----

static char path[] = "/tmp/rpscope-test-XXXXXX";

static const char *read_file(const char *text, size_t *count) {
    static struct failure failure;
    struct rules rules = {0};
    failure.text[0] = '\0';
    int file = mkstemp(strcpy(path, "/tmp/rpscope-test-XXXXXX"));
    cr_assert(ge(int, file, 0));
    cr_assert(eq(sz, (size_t)write(file, text, strlen(text)), strlen(text)));
    close(file);
    bool good = rules_read(&rules, path, &failure);
    *count = good ? rules.count : 0;
    rules_free(&rules);
    unlink(path);
    return failure.text;
}

Test(rules, a_file_has_one_a_line_and_comments) {
    size_t count;
    read_file("# memory\n\nheld_bytes < 1G\n  pins: share_bytes < 1M\r\n#\n"
              "findings: rows = 0",
              &count);
    cr_expect(eq(sz, count, 3));
}

Test(rules, a_bad_line_is_told_by_its_number) {
    size_t count;
    const char *told =
        read_file("# memory\nheld_bytes < 1G\nheld < 1\n", &count);
    cr_expect(zero(sz, count));
    char *where = strstr(told, ":3: the table totals has no column \"held\"");
    cr_expect(where != NULL, "%s", told);
    char line[2000];
    memset(line, 'a', sizeof line);
    line[sizeof line - 1] = '\0';
    told = read_file(line, &count);
    cr_expect(strstr(told, ":1: a line has at most") != NULL, "%s", told);
    told = read_file("# nothing\n", &count);
    cr_expect(strstr(told, "there is no rule in") != NULL, "%s", told);
}

Test(rules, a_file_that_is_not_there_is_told) {
    struct rules rules = {0};
    struct failure failure = {.text = ""};
    cr_expect(not(rules_read(&rules, "/nowhere/rules", &failure)));
    cr_expect(strstr(failure.text, "No such file") != NULL);
}
