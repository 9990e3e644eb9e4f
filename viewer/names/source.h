// source.h - lines of source files, for showing where a frame is.
#ifndef RPSCOPE_NAMES_SOURCE_H
#define RPSCOPE_NAMES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Copies line `line` (from 1) of the file into `out`, tabs as blanks and cut
// to `size`. The last file is kept in memory, so asking for lines one by one
// is cheap. False when there is no such file or line.
bool source_line(const char *path, uint32_t line, char *out, size_t size);

#endif
