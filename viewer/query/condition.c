// condition.c - what a row of a table must be: `share_bytes >= 4KiB`.
#include "viewer/query/condition.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/options.h"
#include "viewer/base/quantity.h"
#include "viewer/base/text.h"

enum { KEY_BYTES = 64 };

// ---- reading ----

size_t condition_key(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
}

const char *condition_skip(const char *text) {
    return text + strspn(text, " \t");
}

const struct table_column *condition_column(const struct data_table *table,
                                            const char *key, size_t length,
                                            struct failure *failure) {
    const char *names[DATA_TABLE_COLUMNS + 1] = {NULL};
    char word[KEY_BYTES], all[512] = "", guess[OPTIONS_GUESS_BYTES];
    size_t used = 0;
    snprintf(word, sizeof word, "%.*s", (int)length, key);
    const struct table_column *column = table_column(table, word);
    if (column)
        return column;
    for (int i = 0; table->columns[i].key; i++) {
        names[i] = table->columns[i].key;
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s",
                                 used ? ", " : "", names[i]);
    }
    fail(failure, "the table %s has no column \"%s\"%s; it has %s", table->key,
         word, options_guess(guess, word, names, ""), all);
    return NULL;
}

static bool is_of_words(const struct table_column *column) {
    return column->kind == TABLE_TEXT || column->kind == TABLE_FRAMES;
}

bool condition_number(const struct table_column *column, const char *text,
                      double *number) {
    bool below = *text == '-' && column->kind == TABLE_SIGNED;
    uint64_t whole = 0;
    bool good;
    text += below;
    if (column->kind == TABLE_BOOL) {
        *number = strcmp(text, "yes") == 0;
        return *number != 0 || strcmp(text, "no") == 0;
    }
    if (column->unit == TABLE_BYTES)
        good = quantity_bytes(text, &whole);
    else if (column->unit == TABLE_NS)
        good = quantity_ns(text, &whole);
    else
        return quantity_number(text, number);
    *number = below ? -(double)whole : (double)whole;
    return good;
}

static const char *expected(const struct table_column *column) {
    return column->kind == TABLE_BOOL    ? "yes or no"
           : column->unit == TABLE_BYTES ? "bytes such as 4096, 4KiB or 1.5MiB"
           : column->unit == TABLE_NS    ? "a time such as 1.5s or 300ms"
                                         : "a number";
}

const char *condition_how(const char *text, enum condition_how *how) {
    static const struct {
        const char *sign;
        enum condition_how how;
    } table[] = {
        {"!=", CONDITION_DIFFERENT}, {"!~", CONDITION_LACKS},
        {"<=", CONDITION_AT_MOST},   {">=", CONDITION_AT_LEAST},
        {"<", CONDITION_LESS},       {">", CONDITION_MORE},
        {"=", CONDITION_EQUAL},      {"~", CONDITION_CONTAINS},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strncmp(text, table[i].sign, strlen(table[i].sign)) == 0) {
            *how = table[i].how;
            return text + strlen(table[i].sign);
        }
    return NULL;
}

// A word, or what is in quotes, as `out`; *quoted: it was. NULL: there is none,
// or it does not end.
static const char *read_value(const char *text, char *out, bool *quoted) {
    char quote = *text == '"' || *text == '\'' ? *text : '\0';
    text += quote != '\0';
    size_t length =
        quote ? strcspn(text, (char[2]){quote, 0}) : strcspn(text, " \t");
    if ((quote && text[length] != quote) || (!quote && length == 0) ||
        length >= CONDITION_TEXT_BYTES)
        return NULL;
    memcpy(out, text, length);
    out[length] = '\0';
    *quoted = quote != '\0';
    return text + length + *quoted;
}

static bool check_how(const struct condition *c, struct failure *failure) {
    bool finds = c->how == CONDITION_CONTAINS || c->how == CONDITION_LACKS;
    bool compares = c->how != CONDITION_EQUAL && c->how != CONDITION_DIFFERENT;
    if (c->column->kind == TABLE_LIST)
        return fail(failure, "%s is a list: rows are not chosen by it",
                    c->column->key);
    if (is_of_words(c->column) ? compares && !finds : finds)
        return fail(failure,
                    is_of_words(c->column)
                        ? "%s is a text: it is compared by =, !=, ~ or !~"
                        : "%s is no text: it is compared by =, !=, <, <=, > or "
                          ">=",
                    c->column->key);
    if (c->none && compares)
        return fail(failure, "none is compared by = or != only");
    if (c->column->kind == TABLE_FRAMES && !finds)
        return fail(failure, "%s are compared by ~ or !~, with each function",
                    c->column->key);
    return true;
}

// One condition. Returns what is behind it, or NULL with a sentence.
static const char *read_one(const struct data_table *table, const char *text,
                            struct condition *c, struct failure *failure) {
    size_t length = condition_key(text);
    bool quoted;
    if (length == 0 || length >= KEY_BYTES) {
        fail(failure, "expected a column of the table %s at \"%.40s\"",
             table->key, text);
        return NULL;
    }
    c->column = condition_column(table, text, length, failure);
    if (!c->column)
        return NULL;
    text = condition_skip(text + length);
    const char *value = condition_how(text, &c->how);
    if (!value) {
        fail(failure,
             "expected =, !=, <, <=, >, >=, ~ or !~ behind %s, not "
             "\"%.40s\"",
             c->column->key, text);
        return NULL;
    }
    value = condition_skip(value);
    text = read_value(value, c->text, &quoted);
    if (!text) {
        fail(failure,
             "%s is compared with nothing, or with what has no end: "
             "\"%.40s\"",
             c->column->key, value);
        return NULL;
    }
    c->none = !quoted && strcmp(c->text, "none") == 0;
    if (!check_how(c, failure))
        return NULL;
    if (!c->none && !is_of_words(c->column) &&
        !condition_number(c->column, c->text, &c->number)) {
        fail(failure, "%s takes %s, not \"%.60s\"", c->column->key,
             expected(c->column), c->text);
        return NULL;
    }
    return condition_skip(text);
}

size_t conditions_read(const struct data_table *table, const char *text,
                       struct condition *out, struct failure *failure) {
    size_t count = 0;
    for (text = condition_skip(text);; text = condition_skip(text + 3)) {
        if (count == CONDITIONS_MOST) {
            fail(failure, "more than %d conditions", CONDITIONS_MOST);
            return 0;
        }
        text = read_one(table, text, &out[count], failure);
        if (!text)
            return 0;
        count++;
        if (!*text)
            return count;
        if (strncmp(text, "and", 3) != 0 || !strchr(" \t", text[3])) {
            fail(failure, "expected \"and\" between conditions, not \"%.40s\"",
                 text);
            return 0;
        }
    }
}

// ---- holding ----

static bool stack_contains(struct answer *answer, size_t stack,
                           const char *text) {
    size_t count;
    const struct frame *frames = answer_frames(answer, stack, &count);
    for (size_t i = 0; i < count; i++)
        if (frames[i].function && text_contains(frames[i].function, text))
            return true;
    return false;
}

static bool words_hold(struct answer *answer, const struct condition *c,
                       const struct table_value *value) {
    bool equal = c->column->kind == TABLE_TEXT && value->known &&
                 strcmp(value->text, c->text) == 0;
    switch (c->how) {
    case CONDITION_EQUAL:
        return equal;
    case CONDITION_DIFFERENT:
        return !equal;
    default: {
        bool found = c->column->kind == TABLE_FRAMES
                         ? stack_contains(answer, value->number, c->text)
                         : value->known && text_contains(value->text, c->text);
        return found == (c->how == CONDITION_CONTAINS);
    }
    }
}

bool condition_compare(enum condition_how how, double value, double other) {
    switch (how) {
    case CONDITION_EQUAL:
        return value == other;
    case CONDITION_DIFFERENT:
        return value != other;
    case CONDITION_LESS:
        return value < other;
    case CONDITION_AT_MOST:
        return value <= other;
    case CONDITION_MORE:
        return value > other;
    default:
        return value >= other;
    }
}

static bool number_holds(const struct condition *c,
                         const struct table_value *value) {
    // A mean as it is told: whole.
    double number = c->column->kind == TABLE_SIGNED
                        ? (double)value->signed_number
                    : c->column->kind == TABLE_REAL ? value->real
                                                    : (double)value->number;
    if (!value->known)
        return c->how == CONDITION_DIFFERENT;
    return condition_compare(c->how, number, c->number);
}

bool conditions_hold(struct answer *answer, const struct condition *conditions,
                     size_t count, const void *row) {
    for (const struct condition *c = conditions; c < conditions + count; c++) {
        struct table_value value = table_value(answer, c->column, row);
        bool holds = c->none ? value.known == (c->how == CONDITION_DIFFERENT)
                     : is_of_words(c->column) ? words_hold(answer, c, &value)
                                              : number_holds(c, &value);
        if (!holds)
            return false;
    }
    return true;
}
