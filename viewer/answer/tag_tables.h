// tag_tables.h - the tables of what the program itself calls things: tags, and
// frames.
#ifndef RPSCOPE_ANSWER_TAG_TABLES_H
#define RPSCOPE_ANSWER_TAG_TABLES_H

#include "viewer/answer/table.h"

extern const struct data_table tags_table;
extern const struct data_table frames_table;

// Fills tags and frames of the answer, and the tag of each of its sites.
void tags_fill(struct answer *a);

#endif
