// memory.h - memory for the viewer's own tables.
//
// These never return NULL: when the system has no memory left, the program
// says so in one sentence and ends with exit code 2. What is asked for in the
// name of a trace is bounded before it comes here.
#ifndef RPSCOPE_BASE_MEMORY_H
#define RPSCOPE_BASE_MEMORY_H

#include <stddef.h>

void *memory_get(size_t bytes); // not zeroed; bytes may be 0
void *memory_zeroed(size_t count, size_t bytes);
void *memory_resize(void *memory, size_t count, size_t bytes);
char *memory_text(const char *text, size_t bytes); // a copy with a NUL

// Makes room for one more element of `bytes` in an array with `count` of
// *capacity elements in use. Returns the array, which may have moved.
void *memory_grow(void *array, size_t count, size_t *capacity, size_t bytes);

#endif
