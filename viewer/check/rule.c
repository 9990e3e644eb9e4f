// rule.c - what must hold of a recording: `held_bytes <= 512MiB`.
#include "viewer/check/rule.h"

#include <stdio.h>
#include <string.h>

#include "viewer/answer/table_list.h"
#include "viewer/answer/totals_table.h"
#include "viewer/base/quantity.h"

// Where the `]` stands that ends the conditions; quotes may hold others.
static const char *closing(const char *text) {
    char quote = '\0';
    for (; *text; text++) {
        if (quote ? *text == quote : *text == '"' || *text == '\'')
            quote = quote ? '\0' : *text;
        else if (!quote && *text == ']')
            return text;
    }
    return NULL;
}

static bool read_conditions(struct rule *rule, const char *text, size_t length,
                            struct failure *failure) {
    char conditions[sizeof rule->text];
    snprintf(conditions, sizeof conditions, "%.*s", (int)length, text);
    rule->condition_count =
        conditions_read(rule->table, conditions, rule->conditions, failure);
    return rule->condition_count > 0;
}

// What stands before the colon, if there is one. Returns what is behind it, or
// NULL with a sentence.
static const char *read_table(struct rule *rule, const char *text,
                              struct failure *failure) {
    size_t length = condition_key(text);
    const char *next = condition_skip(text + length), *end = NULL;
    rule->table = &totals_table;
    rule->condition_count = 0;
    if (length == 0 || (*next != ':' && *next != '['))
        return text;
    rule->table = data_table_find(text, length, failure);
    if (!rule->table)
        return NULL;
    if (*next == '[') {
        end = closing(next + 1);
        if (!end) {
            fail(failure, "there is no ] to the [ of \"%.60s\"", text);
            return NULL;
        }
        if (!read_conditions(rule, next + 1, (size_t)(end - next - 1), failure))
            return NULL;
        next = condition_skip(end + 1);
    }
    if (*next != ':') {
        fail(failure, "expected : behind the table %s, not \"%.40s\"",
             rule->table->key, next);
        return NULL;
    }
    return condition_skip(next + 1);
}

static bool is_number(const struct table_column *column) {
    return column->kind != TABLE_TEXT && column->kind != TABLE_FRAMES &&
           column->kind != TABLE_LIST && column->kind != TABLE_BOOL;
}

// What is measured.
static const char *read_what(struct rule *rule, const char *text,
                             struct failure *failure) {
    size_t length = condition_key(text);
    rule->of = RULE_EACH;
    rule->column = NULL;
    if (length == 3 && strncmp(text, "sum", 3) == 0) {
        rule->of = RULE_SUM;
        text = condition_skip(text + 3);
        length = condition_key(text);
    } else if (length == 4 && strncmp(text, "rows", 4) == 0) {
        rule->of = RULE_ROWS;
        return condition_skip(text + 4);
    }
    if (length == 0) {
        fail(failure,
             "expected a column of the table %s, or rows, at "
             "\"%.40s\"",
             rule->table->key, text);
        return NULL;
    }
    rule->column = condition_column(rule->table, text, length, failure);
    if (!rule->column)
        return NULL;
    if (!is_number(rule->column)) {
        fail(failure, "%s is no number: it belongs into [ ]",
             rule->column->key);
        return NULL;
    }
    return condition_skip(text + length);
}

static const char *read_how(struct rule *rule, const char *text,
                            struct failure *failure) {
    const char *next = condition_how(text, &rule->how);
    if (next && rule->how != CONDITION_CONTAINS && rule->how != CONDITION_LACKS)
        return condition_skip(next);
    fail(failure, "expected <=, <, >=, >, = or !=, not \"%.40s\"", text);
    return NULL;
}

static bool read_number(const struct rule *rule, const char *text,
                        double *number) {
    return rule->column ? condition_number(rule->column, text, number)
                        : quantity_number(text, number);
}

// "5%", "1MiB": what the baseline is changed by.
static bool read_change(struct rule *rule, const char *text) {
    bool down = *text == '-';
    char word[64];
    double number;
    if (*text != '+' && *text != '-')
        return *text == '\0';
    text = condition_skip(text + 1);
    size_t length = strlen(text);
    snprintf(word, sizeof word, "%s", text);
    if (length > 1 && length < sizeof word && word[length - 1] == '%') {
        word[length - 1] = '\0';
        if (!quantity_number(word, &number))
            return false;
        rule->factor += (down ? -number : number) / 100;
        return true;
    }
    if (length >= sizeof word || !read_number(rule, word, &number))
        return false;
    rule->more = down ? -number : number;
    return true;
}

static bool read_limit(struct rule *rule, const char *text,
                       struct failure *failure) {
    rule->has_base = strncmp(text, "base", 4) == 0;
    rule->factor = rule->has_base;
    rule->more = 0;
    bool good = rule->has_base ? read_change(rule, condition_skip(text + 4))
                               : read_number(rule, text, &rule->more);
    if (good)
        return true;
    return fail(failure,
                "expected %s, or base, base + 5%%, base + the like, "
                "not \"%.60s\"",
                !rule->column                       ? "a number"
                : rule->column->unit == TABLE_BYTES ? "bytes such as 4KiB"
                : rule->column->unit == TABLE_NS    ? "a time such as 300ms"
                                                    : "a number",
                text);
}

void rule_placed(const struct rule *rule, char out[RULE_PLACED_BYTES]) {
    *out = '\0';
    if (rule->file)
        snprintf(out, RULE_PLACED_BYTES / 2, "%s:%u: ", rule->file, rule->line);
    size_t length = strlen(out);
    snprintf(out + length, RULE_PLACED_BYTES - length, "\"%s\"", rule->text);
}

bool rule_read(const char *text, struct rule *rule, struct failure *failure) {
    text = condition_skip(text);
    size_t length = strlen(text);
    rule->file = NULL;
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    if (length >= sizeof rule->text)
        return fail(failure, "a rule has at most %zu letters, this has %zu",
                    sizeof rule->text - 1, length);
    snprintf(rule->text, sizeof rule->text, "%.*s", (int)length, text);
    text = read_table(rule, rule->text, failure);
    text = text ? read_what(rule, text, failure) : NULL;
    text = text ? read_how(rule, text, failure) : NULL;
    return text && read_limit(rule, text, failure);
}
