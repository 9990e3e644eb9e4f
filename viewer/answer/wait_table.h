// wait_table.h - the table of who frees blocks of other threads' heaps, and how
// long they wait until they are taken back.
#ifndef RPSCOPE_ANSWER_WAIT_TABLE_H
#define RPSCOPE_ANSWER_WAIT_TABLE_H

#include "viewer/answer/table.h"

extern const struct data_table waits_table;

// After tables_fill.
void waits_fill(struct answer *answer);

#endif
