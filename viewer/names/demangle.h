// demangle.h - C++ and Rust names as people write them.
#ifndef RPSCOPE_NAMES_DEMANGLE_H
#define RPSCOPE_NAMES_DEMANGLE_H

// The name of a mangled symbol, to be freed; or NULL when it is none, when it
// is longer than anything that is worth reading, or when no C++ library is
// there.
char *demangle(const char *symbol);

#endif
