// leak_table.h - the table of call sites whose live bytes grow.
#ifndef RPSCOPE_ANSWER_LEAK_TABLE_H
#define RPSCOPE_ANSWER_LEAK_TABLE_H

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/table.h"

extern const struct data_table leaks_table;

// The row of the site that grows fastest; NULL: none does.
const struct leak_row *leaks_first(const struct answer *answer);

#endif
