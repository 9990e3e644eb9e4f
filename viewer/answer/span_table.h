// span_table.h - the table of all spans.
#ifndef RPSCOPE_ANSWER_SPAN_TABLE_H
#define RPSCOPE_ANSWER_SPAN_TABLE_H

#include "viewer/answer/table.h"

extern const struct data_table spans_table;

#endif
