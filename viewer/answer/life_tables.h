// life_tables.h - the tables of how long blocks live: by call site, by size
// class.
#ifndef RPSCOPE_ANSWER_LIFE_TABLES_H
#define RPSCOPE_ANSWER_LIFE_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table lifetimes_table, class_lifetimes_table;

#endif
