// table.h - the tables of an answer, as data.
//
// A table says once what its columns are: key, title, unit, kind, help, and
// where the value stands in a row. JSON, CSV and the text of one table read
// these and know no column of their own.
#ifndef RPSCOPE_ANSWER_TABLE_H
#define RPSCOPE_ANSWER_TABLE_H

#include "viewer/answer/answer.h"

enum table_kind { // of a value, and the type that a row has it in
    TABLE_NUMBER, // uint64_t
    TABLE_SMALL,  // uint32_t
    TABLE_SIGNED, // int64_t
    TABLE_MEAN,   // double, shown as a whole number
    TABLE_BOOL,
    TABLE_TEXT,   // const char *, NULL: not known
    TABLE_LIST,   // uint64_t, `length` of them
    TABLE_FRAMES, // of the exact stack that matters most: size_t, its index
};

enum table_unit {
    TABLE_PLAIN, // as it is: a name, an index, a line
    TABLE_COUNT,
    TABLE_BYTES,
    TABLE_NS, // since the start of the recording
};

struct table_column {
    const char *key; // for machines; never changes its meaning
    const char *title;
    enum table_unit unit;
    enum table_kind kind;
    const char *help;
    size_t offset; // of the value in a row
    bool optional; // 0 says that there is none
    int length;    // LIST
    // Instead of `offset`: a TEXT, or a SMALL, that follows from the row.
    const char *(*text)(const void *row);
    uint32_t (*small)(const struct answer *answer, const void *row);
};

enum { DATA_TABLE_COLUMNS = 24 }; // and the one without a key

struct data_table {
    const char *key;
    const char *title;
    size_t (*count)(const struct answer *answer);
    const void *(*row)(const struct answer *answer, size_t i);
    struct table_column columns[DATA_TABLE_COLUMNS]; // until one without a key
};

// All tables, in the order of the JSON; NULL ends the list.
extern const struct data_table *const data_tables[];
#define DATA_TABLE_NAMES                                                       \
    "classes|sites|pins|together|heaps|threads|timeline|marks|snapshots|"      \
    "findings"

// The table with this key, or NULL.
const struct data_table *data_table(const char *key);

// A value of a row. `number` has SMALL, BOOL and LIST (the first), too.
struct table_value {
    bool known;
    uint64_t number;
    int64_t signed_number;
    const char *text;
    const uint64_t *list;
};

struct table_value table_value(const struct answer *answer,
                               const struct table_column *column,
                               const void *row);

#endif
