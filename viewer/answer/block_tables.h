// block_tables.h - the table of all blocks that live.
#ifndef RPSCOPE_ANSWER_BLOCK_TABLES_H
#define RPSCOPE_ANSWER_BLOCK_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table blocks_table;

#endif
