// report_cell.h - a cell of a table of the report, as words.
#ifndef RPSCOPE_OUTPUT_REPORT_CELL_H
#define RPSCOPE_OUTPUT_REPORT_CELL_H

#include "viewer/answer/table.h"

// Whether it is of words, which stand at the left, and no number.
static inline bool report_cell_is_words(const struct table_column *column) {
    return column->kind == TABLE_SITE || column->kind == TABLE_SAID;
}

// What stands in a column that the report shows (table_shown): not escaped, and
// as long as it is.
void report_cell(const struct answer *answer, const struct table_column *column,
                 const void *row, char *out, size_t size);

#endif
