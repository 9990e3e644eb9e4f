// stack.c - the call stacks of a trace as frames.
#include "viewer/names/stack.h"

enum { MOST_FRAMES = 4096 };

struct frame *stack_frames(struct symbols *symbols,
                           const struct trace_tables *tables, uint32_t node,
                           size_t *count) {
    const struct stack_node *at;
    struct frame *frames = NULL;
    size_t capacity = 0;
    *count = 0;
    while (*count < MOST_FRAMES && (at = trace_node(tables, node))) {
        size_t here;
        const struct frame *more = symbols_at(symbols, at->address, &here);
        for (size_t i = 0; i < here; i++) {
            frames = pool_grow(tables->pool, frames, *count, &capacity,
                               sizeof *frames);
            frames[(*count)++] = more[i];
        }
        node = at->parent;
    }
    return frames;
}

const struct frame *stack_naming_frame(struct symbols *symbols,
                                       const struct trace_tables *tables,
                                       uint32_t node, bool wrappers) {
    const struct stack_node *at;
    const struct frame *first = NULL, *library = NULL, *wrapper = NULL;
    for (int depth = 0; depth < MOST_FRAMES && (at = trace_node(tables, node));
         depth++) {
        size_t count;
        const struct frame *frames = symbols_at(symbols, at->address, &count);
        for (size_t i = 0; i < count; i++) {
            enum frame_kind kind = frames[i].kind;
            if (kind == FRAME_USER || (wrappers && kind == FRAME_WRAPPER))
                return &frames[i];
            if (kind == FRAME_WRAPPER)
                wrapper = &frames[i]; // the last: what is nearest to its caller
            if (!library && kind == FRAME_LIBRARY)
                library = &frames[i];
            if (!first)
                first = &frames[i];
        }
        node = at->parent;
    }
    return wrapper ? wrapper : library ? library : first;
}
