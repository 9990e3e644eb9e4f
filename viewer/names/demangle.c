// demangle.c - C++ and Rust names as people write them.
//
// The C++ runtime knows how C++ names are made, and its recursion is bounded;
// but rpscope is a C program and must start without it. So it is loaded when
// the first C++ name comes up: where there are C++ programs, there is the
// library.
#include "viewer/names/demangle.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "viewer/names/rust_name.h"

enum { LONGEST = 8192 }; // bytes of a mangled name

typedef char *demangle_function(const char *, char *, size_t *, int *);

static demangle_function *load(void) {
    static bool tried;
    static demangle_function *function;
    if (!tried) {
        tried = true;
        void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
        void *symbol = library ? dlsym(library, "__cxa_demangle") : NULL;
        memcpy(&function, &symbol, sizeof function);
    }
    return function;
}

char *demangle(const char *symbol) {
    if (*symbol != '_' || strnlen(symbol, LONGEST) == LONGEST)
        return NULL;
    if (symbol[1] == 'R')
        return rust_name(symbol);
    if (symbol[1] != 'Z')
        return NULL;
    demangle_function *function = load();
    int status = 0;
    char *name = function ? function(symbol, NULL, NULL, &status) : NULL;
    if (name)
        rust_legacy_name(name);
    return name;
}
