// report_cell.c - a cell of a table of the report, as words.
#include "viewer/output/report_cell.h"

#include <stdio.h>

void report_cell(const struct answer *answer, const struct table_column *column,
                 const void *row, char *out, size_t size) {
    if (column->kind == TABLE_SITE)
        site_sentence((const struct site *)((const char *)row + column->offset),
                      out, size);
    else if (column->kind == TABLE_SAID)
        column->say(row, TABLE_REPORT, out, size);
    else
        snprintf(out, size, "%s",
                 table_number(answer, column, row, UNIT_IEC, false).text);
}
