// table.h - what was chosen of a table: as text, CSV, Markdown or JSON.
#ifndef RPSCOPE_OUTPUT_TABLE_H
#define RPSCOPE_OUTPUT_TABLE_H

#include <stdio.h>

#include "viewer/query/selection.h"

enum table_format {
    TABLE_AS_TEXT,
    TABLE_AS_CSV, // RFC 4180: keys of the columns, values as they are
    TABLE_AS_MARKDOWN,
    TABLE_AS_JSON, // one object of the schema "rpscope.query/1"
    TABLE_FORMATS
};

// The format with this name: text, csv, markdown, json. NULL, or one that is
// none: text.
enum table_format table_format(const char *word);

// Writes the rows and columns. Errors of the stream are the caller's to find
// (ferror). In CSV a text that a spreadsheet would take for a formula (=, +, -
// or @ first) begins with a quote.
void table_print(struct answer *answer, const struct selection *selection,
                 enum table_format format, FILE *out);

#endif
