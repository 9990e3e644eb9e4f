// past.h - blocks that a forked process has of its parent: who made them, and
// how much was asked for.
//
// The trace of such a process tells which blocks it began with, but nothing of
// these; its parent's trace knows (heap/ancestor.h reads it). Of a block that
// is not here nothing is known.
#ifndef RPSCOPE_TRACE_PAST_H
#define RPSCOPE_TRACE_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"
#include "viewer/trace/names.h"

#define PAST_UNKNOWN UINT32_MAX

struct past_block {
    uint32_t stack;  // node; PAST_UNKNOWN: nothing is known of the block
    uint32_t wanted; // bytes
};

struct past_span {
    uint32_t number, count;
    uint64_t wanted;           // of its only block, when it is large or huge
    struct past_block *blocks; // by index
};

// A node of a stack as in tables.h, whose parent is one before it here + 1.
struct past_node {
    uint64_t address;
    uint32_t parent;
};

struct trace_past {
    struct pool pool;        // of all of it
    struct past_span *spans; // by number
    size_t span_count, span_capacity;
    struct past_node *nodes;
    size_t node_count, node_capacity;
    uint64_t block_count;     // of which it is known
    struct trace_names names; // of the addresses in nodes
    struct trace_past *older; // what that trace had of its own parent; or NULL
    char path[4096];          // of the trace that tells
};

// NULL: nothing is known of its blocks.
const struct past_span *past_find(const struct trace_past *past,
                                  uint32_t number);

// NULL: nothing is known of it. span may be NULL.
static inline const struct past_block *past_block(const struct past_span *span,
                                                  uint64_t index) {
    return span && index < span->count &&
                   span->blocks[index].stack != PAST_UNKNOWN
               ? &span->blocks[index]
               : NULL;
}

// A number for all that it tells; 0: it tells nothing.
uint64_t past_digest(const struct trace_past *past);

// NULL is ignored.
void past_free(struct trace_past *past);

#endif
