// table_list.h - all tables of an answer.
#ifndef RPSCOPE_ANSWER_TABLE_LIST_H
#define RPSCOPE_ANSWER_TABLE_LIST_H

#include "viewer/answer/table.h"
#include "viewer/base/fail.h"

// All tables, in the order of the JSON; NULL ends the list.
extern const struct data_table *const data_tables[];

// The table with this key, or NULL.
const struct data_table *data_table(const char *key);

// The table whose key are the first `length` bytes of `key`; NULL with a
// sentence that names the nearest one.
const struct data_table *data_table_find(const char *key, size_t length,
                                         struct failure *failure);

#endif
