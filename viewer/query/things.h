// things.h - the rows of two recordings that are about the same thing.
//
// A row is the same thing's as another when all columns that name it agree:
// function and module of a call site, the size of a class, a tag. Lines and
// addresses change with the program, and are not looked at; rows of one name
// are taken together.
#ifndef RPSCOPE_QUERY_THINGS_H
#define RPSCOPE_QUERY_THINGS_H

#include "viewer/query/condition.h"

enum { THINGS_COLUMNS = 4 };

// What is asked of each thing.
struct things_wish {
    const struct data_table *table;
    const struct condition *conditions; // of the rows that are looked at
    size_t condition_count;
    const struct table_column *columns[THINGS_COLUMNS]; // of numbers
    size_t column_count;
};

struct thing {
    uint64_t hash;              // of its names
    const void *row;            // the first that is about it
    double sum[THINGS_COLUMNS]; // of each column, over all rows about it
};

struct things {
    struct answer *answer;
    const struct things_wish *wish;
    struct thing *list; // by hash
    size_t count;
};

// Whether it is one of the columns that name a row of the table.
bool things_is_name(const struct data_table *table,
                    const struct table_column *column);
// Whether the rows of the table have names at all.
bool things_have_names(const struct data_table *table);

// Collects them. The wish must live as long. To be given to things_free.
void things_make(struct things *things, struct answer *answer,
                 const struct things_wish *wish);
void things_free(struct things *things);

// The thing that the row of `other` is about; NULL: there is none.
const struct thing *things_find(const struct things *things,
                                const struct answer *other, const void *row);

#endif
