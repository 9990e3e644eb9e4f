// state.h - what stands behind an answer: the trace, and the heap at its end
// and at the moment asked for.
#ifndef RPSCOPE_ANSWER_STATE_H
#define RPSCOPE_ANSWER_STATE_H

#include "viewer/metric/replay.h"
#include "viewer/names/stack.h"
#include "viewer/trace/file.h"
#include "viewer/trace/tables.h"

// The frames of one exact stack, once they were asked for.
struct state_frames {
    struct frame *frames;
    size_t count;
};

struct answer_state {
    struct pool pool; // of all that the answer and the rest here points to
    struct trace_file file;
    struct trace_tables tables;
    struct replay whole; // the heap at the end of the recording
    struct replay early; // at the moment asked for, when that is not the end
    struct replay *now;  // one of the two
    uint64_t missing_events;
    struct symbols *symbols;
    uint32_t *site_of_stack;     // by index in now->metrics.stacks
    struct state_frames *frames; // frame_count: by index in answer.stacks
    size_t frame_count;
    char **texts; // that the answer points to
    size_t text_count;
};

void state_free(struct answer_state *state);

// Formats a text that lives as long as the state.
const char *state_text(struct answer_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// The name of the thread at this index of threads, or NULL.
const char *state_thread_name(const struct answer_state *state,
                              const struct threads *threads, uint32_t thread);
// The frames of the stack at this index, which has the node; looked up once.
const struct frame *state_stack(struct answer_state *state, size_t stack,
                                uint32_t node, size_t *count);

#endif
