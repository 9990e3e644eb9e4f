// stack_tables.h - the tables of what stacks did beside allocating: who
// reallocates, and where each thread stood when most was held.
#ifndef RPSCOPE_ANSWER_STACK_TABLES_H
#define RPSCOPE_ANSWER_STACK_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table reallocs_table, last_stacks_table;

#endif
