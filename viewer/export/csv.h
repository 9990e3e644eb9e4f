// csv.h - a table of the answer, for spreadsheets.
#ifndef RPSCOPE_EXPORT_CSV_H
#define RPSCOPE_EXPORT_CSV_H

#include "viewer/export/wish.h"

// Writes all rows and columns of a table, as `rpscope query` does.
bool csv_write(struct answer *answer, const struct export_wish *wish, FILE *out,
               struct export_told *told);

#endif
