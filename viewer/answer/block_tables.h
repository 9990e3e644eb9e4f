// block_tables.h - the tables of blocks: all that live, and what happened
// between two moments.
#ifndef RPSCOPE_ANSWER_BLOCK_TABLES_H
#define RPSCOPE_ANSWER_BLOCK_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table blocks_table, between_table;

#endif
