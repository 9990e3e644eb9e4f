// table.h - the tables of an answer, as data.
//
// A table says once what its columns are: key, title, unit, kind, help, where
// the value stands in a row, and where the column stands in the report and on
// screens. JSON, CSV, Markdown, report and screens read these and know no
// column of their own.
#ifndef RPSCOPE_ANSWER_TABLE_H
#define RPSCOPE_ANSWER_TABLE_H

#include "viewer/answer/answer.h"
#include "viewer/base/number.h"

enum table_kind { // of a value, and the type that a row has it in
    TABLE_NUMBER, // uint64_t
    TABLE_SMALL,  // uint32_t
    TABLE_SIGNED, // int64_t
    TABLE_MEAN,   // double, shown as a whole number
    TABLE_REAL,   // double; 0: not known
    TABLE_BOOL,
    TABLE_TEXT,   // const char *, NULL: not known
    TABLE_LIST,   // uint64_t, `length` of them
    TABLE_FRAMES, // of the exact stack that matters most: size_t, its index
    // For people only: what follows from other columns.
    TABLE_PART,  // per cent, by `part`
    TABLE_RATIO, // how many times, by `part`
    TABLE_SAID,  // words, by `say`
    TABLE_SITE,  // struct site: its name and place
};

enum table_unit {
    TABLE_PLAIN, // as it is: a name, an index, a line
    TABLE_COUNT,
    TABLE_BYTES,
    TABLE_NS, // since the start of the recording
};

// What of a column is known of some blocks alone (answer.filter).
enum table_scope {
    TABLE_OF_BLOCKS, // all
    TABLE_OF_SITES,  // what is, where the filter asks for call sites alone
    TABLE_OF_ALL,    // nothing
};

enum table_reader { TABLE_REPORT, TABLE_SCREEN };

// Where a column stands in what people read.
struct table_place {
    int place;         // from the left, 1 is the first; 0: it is not there
    int width;         // the least; of a site in the report: the most
    const char *title; // NULL: that of the column
    // Of a report.
    bool exact;  // every digit of a count
    bool summed; // over the rows that there is no room for
    // Of a screen.
    const char *under; // the second line of the title, or NULL
    int rank;          // the highest leaves first when the screen is narrow; 0
                       // never leaves
    bool ascending;    // how it is sorted at first
};

struct table_part {
    double part, whole;
    double otherwise; // its place in the order where `whole` is 0
};

struct table_column {
    const char *key; // for machines; never changes its meaning
    const char *title;
    enum table_unit unit;
    enum table_kind kind;
    const char *help;
    size_t offset; // of the value in a row
    bool optional; // 0 says that there is none
    enum table_scope scope;
    int length; // LIST
    // Instead of `offset`: a TEXT, or a SMALL, that follows from the row.
    const char *(*text)(const void *row);
    uint32_t (*small)(const struct answer *answer, const void *row);

    struct table_place report, screen;
    bool left; // SAID: stands at the left of its column
    // Whether the column has a meaning in the row; NULL: in all of them.
    bool (*applies)(const void *row);
    struct table_part (*part)(const struct answer *answer, const void *row);
    void (*say)(const void *row, enum table_reader reader, char *out,
                size_t size);
    // What a SAID or a LIST is sorted by; words at the left need none.
    double (*order)(const void *row);
};

enum {
    DATA_TABLE_COLUMNS = 32, // and the one without a key
    DATA_TABLE_SHOWN = 5,    // the same, of those for people only
};

struct data_table {
    const char *key;
    const char *title;
    bool of_all;      // nothing in it is known of some blocks alone
    bool is_long;     // only for who asks for it by name: not in the JSON
    bool is_of_range; // it has no row but of a range (answer.range)
    size_t (*count)(const struct answer *answer);
    const void *(*row)(const struct answer *answer, size_t i);
    struct table_column columns[DATA_TABLE_COLUMNS]; // until one without a key
    struct table_column shown[DATA_TABLE_SHOWN];     // for people only
};

// A value of a row. `number` has SMALL, MEAN (whole), BOOL and LIST (the
// first), too.
struct table_value {
    bool known;
    uint64_t number;
    double real; // MEAN and REAL
    int64_t signed_number;
    const char *text;
    const uint64_t *list;
};

// The column with this key that machines read; NULL: there is none.
const struct table_column *table_column(const struct data_table *table,
                                        const char *key);

struct table_value table_value(const struct answer *answer,
                               const struct table_column *column,
                               const void *row);

// ---- for people ----

// The columns that the reader is shown, from the left, and how many; there is
// room for TABLE_MOST_SHOWN.
enum { TABLE_MOST_SHOWN = 12 };
int table_shown(const struct data_table *table, enum table_reader reader,
                const struct table_column **columns);

static inline const struct table_place *table_place(
    const struct table_column *column, enum table_reader reader) {
    return reader == TABLE_REPORT ? &column->report : &column->screen;
}
static inline const char *table_title(const struct table_column *column,
                                      enum table_reader reader) {
    const char *title = table_place(column, reader)->title;
    return title ? title : column->title;
}
static inline bool table_applies(const struct table_column *column,
                                 const void *row) {
    return !column->applies || column->applies(row);
}

// Whether the column is known of the blocks that the answer's filter lets pass.
bool table_is_known(const struct answer *answer,
                    const struct table_column *column);

// The value as people read it, of a column of numbers; "-" where it does not
// apply. Bytes are in the unit.
struct number table_number(const struct answer *answer,
                           const struct table_column *column, const void *row,
                           enum unit unit, bool exact);
// What the rows are sorted by, of every column but TEXT, FRAMES and SITE.
double table_order_of(const struct answer *answer,
                      const struct table_column *column, const void *row);

#endif
