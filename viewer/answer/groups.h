// groups.h - live blocks by whatever they have in common.
#ifndef RPSCOPE_ANSWER_GROUPS_H
#define RPSCOPE_ANSWER_GROUPS_H

#include "viewer/answer/metric_rows.h"
#include "viewer/answer/table.h"

enum { GROUP_WORD_BYTES = 16, GROUP_KINDS = GROUP_FRAME + 1 };

#define GROUP_WORDS                                                            \
    "site|stack|function|file|module|thread|heap|tag|class|mark|frame"

extern const struct data_table groups_table;

// Says, by one of the words, what the rows of the table have in common from now
// on; NULL: the call site.
void groups_choose(struct answer *answer, const char *word);
// The i-th of the words.
void groups_word(size_t i, char word[GROUP_WORD_BYTES]);

// The rows by the i-th of the words, and how many. They stay until others are
// asked for.
const struct group_row *groups_of(struct answer *answer, size_t i,
                                  size_t *count);

#endif
