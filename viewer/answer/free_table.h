// free_table.h - the table of who frees whose blocks.
#ifndef RPSCOPE_ANSWER_FREE_TABLE_H
#define RPSCOPE_ANSWER_FREE_TABLE_H

#include "viewer/answer/table.h"

extern const struct data_table freed_by_table;

// Fills its rows: pairs of exact stacks, grouped by the sites of both.
void frees_fill(struct answer *a);

#endif
