// part_table.h - the table of the parts of the held bytes.
#ifndef RPSCOPE_ANSWER_PART_TABLE_H
#define RPSCOPE_ANSWER_PART_TABLE_H

#include "viewer/answer/table.h"

extern const struct data_table parts_table;

#endif
