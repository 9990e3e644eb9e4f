// span_use_tables.h - the tables of how well spans are used, by size class: how
// often caches help, what heaps cost that share none, and the class that is
// missing.
#ifndef RPSCOPE_ANSWER_SPAN_USE_TABLES_H
#define RPSCOPE_ANSWER_SPAN_USE_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table span_sources_table, stranded_table,
    new_classes_table;

#endif
