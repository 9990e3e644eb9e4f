// short_name.h - names of functions that fit into a column.
#ifndef RPSCOPE_NAMES_SHORT_NAME_H
#define RPSCOPE_NAMES_SHORT_NAME_H

#include <stddef.h>

// The name of a function without return type and arguments, and with what is in
// <> shown as <..>: "ns::list<..>::push_back". `size` > 0, result ends by NUL.
void short_function(char *out, size_t size, const char *function);

// Where in a demangled name the function itself begins, after its return type.
const char *short_start(const char *function);

// Escapes `text` and cuts it in the middle to at most `width` columns, with
// ".." where something is left out. `size` should be at least 4 * width + 1.
void short_fit(char *out, size_t size, const char *text, size_t width);

#endif
