// report.h - the answer as text, as JSON and as Markdown.
#ifndef RPSCOPE_OUTPUT_REPORT_H
#define RPSCOPE_OUTPUT_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "viewer/answer/answer.h"

struct report_options {
    size_t top;     // rows of each table; 0: 10
    const char *by; // one of GROUP_WORDS (answer/groups.h): what blocks have in
                    // common that are told of in the place of call sites; NULL:
                    // call sites are
};

// Writes the report, at most 100 columns wide, without colour. `options` may be
// NULL. Errors of the stream are the caller's to find (ferror).
void report_text(struct answer *answer, const struct report_options *options,
                 FILE *out);

// Writes one JSON object of the schema "rpscope.report/1" (report.schema.json):
// everything, `top` is not looked at for tables but for the frames of stacks.
void report_json(struct answer *answer, const struct report_options *options,
                 FILE *out);

// Writes it as Markdown, for an issue or a pull request: the verdict, where the
// bytes are, and the tables of the report, `top` rows of each.
void report_markdown(struct answer *answer,
                     const struct report_options *options, FILE *out);

#endif
