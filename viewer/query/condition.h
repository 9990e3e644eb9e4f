// condition.h - what a row of a table must be: `share_bytes >= 4KiB`.
//
// A condition is KEY HOW VALUE. KEY is that of a column (answer/table.h); HOW
// is
// =, !=, <, <=, >, >=, or, of texts and stacks, ~ (contains it) and !~. VALUE
// is written in the unit of the column: 4KiB, 300ms, 12, yes, a text; in quotes
// ("..." or '...') where it has blanks; `none` is what is not known. Conditions
// are joined by `and`: all of them must hold.
//
// What is not known is equal to `none`, different from all else, and neither
// less nor more than anything.
#ifndef RPSCOPE_QUERY_CONDITION_H
#define RPSCOPE_QUERY_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "viewer/answer/table.h"
#include "viewer/base/fail.h"

enum condition_how {
    CONDITION_EQUAL,
    CONDITION_DIFFERENT,
    CONDITION_LESS,
    CONDITION_AT_MOST,
    CONDITION_MORE,
    CONDITION_AT_LEAST,
    CONDITION_CONTAINS,
    CONDITION_LACKS
};

enum { CONDITION_TEXT_BYTES = 256, CONDITIONS_MOST = 16 };

struct condition {
    const struct table_column *column;
    enum condition_how how;
    bool none;                       // the value that is not known
    double number;                   // of columns of numbers
    char text[CONDITION_TEXT_BYTES]; // of all others
};

// Reads conditions on the rows of `table` into `out`, which has room for
// CONDITIONS_MOST. Returns how many; 0 with a sentence when the text is none:
// `failure` names the place, and the nearest key where a key is unknown.
size_t conditions_read(const struct data_table *table, const char *text,
                       struct condition *out, struct failure *failure);

// Whether all of them hold for the row. May look up the frames of its stack.
bool conditions_hold(struct answer *answer, const struct condition *conditions,
                     size_t count, const void *row);

// The column with this key; NULL with a sentence that names the nearest one.
// `length` bytes of `key` are looked at.
const struct table_column *condition_column(const struct data_table *table,
                                            const char *key, size_t length,
                                            struct failure *failure);

// How many bytes of `text` a key has at its beginning.
size_t condition_key(const char *text);
// What is behind blanks.
const char *condition_skip(const char *text);
// Reads what compares: =, !=, ... Returns what is behind it; NULL: it is none.
const char *condition_how(const char *text, enum condition_how *how);
// Whether `value` is so to `other`; of numbers, not ~ and !~.
bool condition_compare(enum condition_how how, double value, double other);

// Reads a value of the column as people write it: 4KiB, 300ms, 12.
bool condition_number(const struct table_column *column, const char *text,
                      double *number);

#endif
