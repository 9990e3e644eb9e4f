// stack.h - the call stacks of a trace as frames.
//
// A trace has its stacks as a tree: a stack is a node, its parents are the
// callers. Stacks of a damaged trace may go round in it: they are cut.
#ifndef RPSCOPE_NAMES_STACK_H
#define RPSCOPE_NAMES_STACK_H

#include "viewer/names/symbols.h"

// The frames from the node out, innermost first, of the pool of the
// tables. NULL, and *count
// is 0, when there is no such stack.
struct frame *stack_frames(struct symbols *symbols,
                           const struct trace_tables *tables, uint32_t node,
                           size_t *count);

// The frame that names the call site of a stack: the nearest of the program's
// own, or, with `wrappers`, of what allocates for others; else the outermost of
// these; else the nearest that is not the allocator's; else the innermost. NULL
// when there is no stack.
const struct frame *stack_naming_frame(struct symbols *symbols,
                                       const struct trace_tables *tables,
                                       uint32_t node, bool wrappers);

#endif
