// heap_tables.h - the tables of size classes, heaps and threads.
#ifndef RPSCOPE_ANSWER_HEAP_TABLES_H
#define RPSCOPE_ANSWER_HEAP_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table classes_table;
extern const struct data_table heaps_table;
extern const struct data_table threads_table;

// "large", "huge", or the size of a block.
void table_class_name(const void *row, enum table_reader reader, char *out,
                      size_t size);

#endif
