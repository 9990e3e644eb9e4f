// things.h - the rows of two recordings that are about the same thing.
//
// A row is the same thing's as another when all columns that name it agree:
// function and module of a call site, the size of a class. Lines and addresses
// change with the program, and are not looked at; rows of one name are taken
// together.
#ifndef RPSCOPE_CHECK_THINGS_H
#define RPSCOPE_CHECK_THINGS_H

#include "viewer/check/rule.h"

struct thing {
    uint64_t hash; // of its names
    const void *row;
    double sum; // of the rule's column, over all rows of its names
};

struct things {
    struct answer *answer;
    const struct data_table *table;
    struct thing *list; // by hash
    size_t count;
};

// Whether the rows of the table have names at all.
bool things_have_names(const struct data_table *table);

// Collects the rows that the rule chooses. To be given to things_free.
void things_make(struct things *things, struct answer *answer,
                 const struct rule *rule);
void things_free(struct things *things);

// The thing that the row of `other` is about; NULL: there is none.
const struct thing *things_find(const struct things *things,
                                const struct answer *other, const void *row);

#endif
