// text_tables.h - the tables of the report as text.
#ifndef RPSCOPE_OUTPUT_TEXT_TABLES_H
#define RPSCOPE_OUTPUT_TEXT_TABLES_H

#include <stdio.h>

#include "viewer/answer/answer.h"

// All of them, `top` rows of each, with what their numbers mean. `by`: as in
// report_options.
void text_tables(FILE *out, const struct answer *answer, size_t top,
                 const char *by);

#endif
