// embedder.h - an embedder of the unkind sort, for the contract of
// rpmalloc_config.
//
// Its memory starts at any offset; it returns NULL when told to; what is given
// back can not be touched any more (PROT_NONE); and it keeps books: unknown
// pointers, and pointers given back twice, are mistakes. Any thread may call
// it, when `fail_at` and `offset` are constant.
#ifndef TESTS_CORE_EMBEDDER_H
#define TESTS_CORE_EMBEDDER_H

#include "core/base/atomic.h"
#include "core/rpmalloc.h"

#include <stddef.h>

struct embedder {
    size_t offset;     // of the pointers, after a page's start; < 4096
    size_t fail_at;    // the call from which on ..
    size_t fail_count; // .. so many calls return NULL; 0: none
    size_t most_live;  // bytes that it has in all; 0: as many as there are
    int errno_value;   // what the functions leave in errno

    _Atomic(size_t) calls;    // of allocate
    _Atomic(size_t) failures; // of these, NULL was returned
    _Atomic(size_t) returns;  // of deallocate
    _Atomic(size_t) live;     // bytes handed out and not given back
    _Atomic(size_t) asked;    // bytes handed out in all
    _Atomic(size_t) mistakes; // unknown or repeated pointers; must stay 0
};
extern struct embedder embedder;

// Forgets everything; offset as given, no failures.
void embedder_reset(size_t offset);
// A config with its functions.
struct rpmalloc_config embedder_config(void);
// Calls whose memory was not given back.
size_t embedder_outstanding(void);

#endif
