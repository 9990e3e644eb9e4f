// report_format.h - the formats of the report, by name.
#ifndef RPSCOPE_OUTPUT_REPORT_FORMAT_H
#define RPSCOPE_OUTPUT_REPORT_FORMAT_H

#include "viewer/output/report.h"

enum report_format { REPORT_AS_TEXT, REPORT_AS_JSON, REPORT_AS_MARKDOWN };
// The format with this name: text, json, markdown. NULL, or one that is none:
// text.
enum report_format report_format(const char *word);
void report_write(struct answer *answer, const struct report_options *options,
                  enum report_format format, FILE *out);

#endif
