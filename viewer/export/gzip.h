// gzip.h - a stream whose bytes are compressed on their way to another.
#ifndef RPSCOPE_EXPORT_GZIP_H
#define RPSCOPE_EXPORT_GZIP_H

#include <stdio.h>

// What is written to the result goes to `out` as one gzip member. fclose of the
// result ends it, and leaves `out` open. Errors of either stream are found at
// `out` (ferror). NULL when there is no memory.
FILE *gzip_open(FILE *out);

#endif
