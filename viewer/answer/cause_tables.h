// cause_tables.h - the tables of what keeps memory, and of what to do.
#ifndef RPSCOPE_ANSWER_CAUSE_TABLES_H
#define RPSCOPE_ANSWER_CAUSE_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table causes_table, keepers_table;

#endif
