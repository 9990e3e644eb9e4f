// selection.h - some rows of a table, some of its columns, in some order.
#ifndef RPSCOPE_QUERY_SELECTION_H
#define RPSCOPE_QUERY_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "viewer/answer/table.h"
#include "viewer/base/fail.h"

struct selection_wish {
    const char *table;   // its key
    const char *columns; // keys with commas between them; NULL: all
    const char *where;   // conditions (condition.h); NULL: all rows
    const char *sort; // key: the highest first, or +key: the lowest; of texts
                      // key is from a to z. NULL: as they stand in the table
    size_t top;       // rows at the most; 0: all
};

struct selection {
    const struct data_table *table;
    const struct table_column *columns[DATA_TABLE_COLUMNS];
    size_t column_count;
    const void **rows; // of the answer
    size_t row_count;
    size_t matched; // rows that the conditions hold for, `top` or not
};

// Chooses. The wish may be wrong: false with a sentence, and nothing to free.
// The rows are the answer's and live as long as it.
bool selection_make(struct selection *selection, struct answer *answer,
                    const struct selection_wish *wish, struct failure *failure);
void selection_free(struct selection *selection);

// Whether the wish could be met, of any answer: for before a trace is read.
bool selection_check(const struct selection_wish *wish,
                     struct failure *failure);

#endif
