// lines.h - sentences in lines that are not too long to read.
#ifndef RPSCOPE_OUTPUT_LINES_H
#define RPSCOPE_OUTPUT_LINES_H

#include <stddef.h>
#include <stdio.h>

enum { LINES_WIDTH = 100 };

// Writes a text in lines of at most LINES_WIDTH columns, each after `indent`
// blanks; what a terminal would act on in it is escaped. A word that is longer
// has a line of its own.
void lines_print(FILE *out, size_t indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// An empty line, and the text in a line of its own.
void lines_heading(FILE *out, const char *text);

#endif
