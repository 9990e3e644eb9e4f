// names.h - functions and lines of addresses, as the trace itself has them.
//
// What was found out once, at the end of the recording or later, stands in the
// trace (TRACE_NAMES), and no file of the program is needed for it any more.
#ifndef RPSCOPE_TRACE_NAMES_H
#define RPSCOPE_TRACE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/bytes.h"
#include "viewer/base/pool.h"

struct named_function {
    const char *name, *file; // NULL: not known
    uint32_t line;           // 0: not known
};

// Of one return address: functions[first] is the innermost one, the others are
// what it was inlined into.
struct named_call {
    uint64_t address;
    uint64_t start; // of the function, in the same addresses; 0: not known
    size_t first;
    uint32_t count;
};

struct trace_names {
    struct named_call *calls; // by address once they are sorted
    size_t call_count, call_capacity;
    struct named_function *functions;
    size_t function_count, function_capacity;
    char **texts; // of each block
    size_t text_count, text_capacity;
};

// Adds those of a block. False, and none, when the payload is not whole.
bool trace_names_read(struct trace_names *names, struct pool *pool,
                      struct bytes payload);
// After the last block: of two calls of one address the later one stays.
void trace_names_sort(struct trace_names *names);
void trace_names_free(struct trace_names *names, struct pool *pool);

// NULL: the trace does not say.
const struct named_call *trace_names_find(const struct trace_names *names,
                                          uint64_t address);

#endif
