// between_tables.h - the tables of what happened between two moments.
#ifndef RPSCOPE_ANSWER_BETWEEN_TABLES_H
#define RPSCOPE_ANSWER_BETWEEN_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table between_table, between_classes_table,
    between_pins_table, between_parts_table;

#endif
