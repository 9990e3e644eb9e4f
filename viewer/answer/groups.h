// groups.h - live blocks by whatever they have in common.
#ifndef RPSCOPE_ANSWER_GROUPS_H
#define RPSCOPE_ANSWER_GROUPS_H

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/table.h"

#define GROUP_WORDS                                                            \
    "site|stack|function|file|module|thread|heap|tag|class|mark|frame"

extern const struct data_table groups_table;

// Says, by one of the words, what the rows of the table are to have in common;
// NULL: the call site. Before they are asked for.
void groups_choose(struct answer *answer, const char *word);

#endif
