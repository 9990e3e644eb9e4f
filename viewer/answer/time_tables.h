// time_tables.h - the tables of what happened when.
#ifndef RPSCOPE_ANSWER_TIME_TABLES_H
#define RPSCOPE_ANSWER_TIME_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table timeline_table;
extern const struct data_table marks_table;
extern const struct data_table snapshots_table;
extern const struct data_table findings_table;

#endif
