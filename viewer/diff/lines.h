// lines.h - a difference as cells of text, for people.
#ifndef RPSCOPE_DIFF_LINES_H
#define RPSCOPE_DIFF_LINES_H

#include "viewer/diff/diff.h"

enum { LINES_CELL_BYTES = 32, LINES_NAME_BYTES = 1200 };

struct diff_cells {
    char before[LINES_CELL_BYTES];
    char after[LINES_CELL_BYTES];
    char change[LINES_CELL_BYTES]; // "+5.86 KiB", "-12", "0"
    char share[LINES_CELL_BYTES];  // of what was before: "+25.0 %", "new"
    char spread[LINES_CELL_BYTES]; // of several runs, the larger one: "1.2 KiB"
};

// A value of the column before and after.
void diff_cells(const struct table_column *column, const struct spread *before,
                const struct spread *after, struct diff_cells *cells);

// Whose row it is: "keeper (program.c:5)", "128 B"; at most `width` columns.
void diff_name(const struct diff_list *list, const struct pair *row,
               size_t width, char out[LINES_NAME_BYTES]);

// The columns of the totals that people compare by; NULL ends them.
const struct table_column *const *diff_totals(void);
struct spread diff_total(const struct runs *runs,
                         const struct table_column *column);

#endif
