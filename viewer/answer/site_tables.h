// site_tables.h - the tables of call sites.
#ifndef RPSCOPE_ANSWER_SITE_TABLES_H
#define RPSCOPE_ANSWER_SITE_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table sites_table;
extern const struct data_table pins_table;
extern const struct data_table together_table;

#endif
