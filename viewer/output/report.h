// report.h - the answer as text and as JSON.
#ifndef RPSCOPE_OUTPUT_REPORT_H
#define RPSCOPE_OUTPUT_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "viewer/answer/answer.h"

enum report_format { REPORT_TEXT, REPORT_CSV, REPORT_MARKDOWN };

struct report_options {
    size_t top;        // rows of each table; 0: 10, of `table` all
    const char *table; // key of the only one to write (table.h); NULL: all
    enum report_format format; // of that table
};

// Writes the report, at most 100 columns wide, without colour. `options` may be
// NULL. Errors of the stream are the caller's to find (ferror).
void report_text(struct answer *answer, const struct report_options *options,
                 FILE *out);

// Writes the one table that the options name. CSV has the values as they are
// and the keys of the columns, as RFC 4180 wants them.
void report_table(struct answer *answer, const struct report_options *options,
                  FILE *out);

// Writes one JSON object of the schema "rpscope.report/1" (report.schema.json):
// everything, `top` is not looked at for tables but for the frames of stacks.
void report_json(struct answer *answer, const struct report_options *options,
                 FILE *out);

#endif
