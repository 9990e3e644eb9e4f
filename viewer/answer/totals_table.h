// totals_table.h - the table of one row: the sums over the whole program.
#ifndef RPSCOPE_ANSWER_TOTALS_TABLE_H
#define RPSCOPE_ANSWER_TOTALS_TABLE_H

#include "viewer/answer/table.h"

// Its keys are those of the outermost object of the report's JSON, and of
// bytes.now there.
extern const struct data_table totals_table;

#endif
