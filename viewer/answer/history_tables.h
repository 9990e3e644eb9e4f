// history_tables.h - the tables of what happened to one span, block or segment,
// and of who held it.
#ifndef RPSCOPE_ANSWER_HISTORY_TABLES_H
#define RPSCOPE_ANSWER_HISTORY_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table history_table, holders_table;

#endif
