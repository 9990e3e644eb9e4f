// state.h - what stands behind an answer: the analysis of the trace, and the
// heap at the moment asked for.
#ifndef RPSCOPE_ANSWER_STATE_H
#define RPSCOPE_ANSWER_STATE_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/owners.h"
#include "viewer/metric/collected.h"
#include "viewer/metric/pins.h"
#include "viewer/names/stack.h"

struct metric_rows;

// The frames of one exact stack, once they were asked for.
struct state_frames {
    struct frame *frames;
    size_t count;
};

// Whose live data grows (growing.h).
struct growing {
    uint32_t site;  // ANSWER_NONE: nobody's
    uint64_t bytes; // since then, with rounding
    uint64_t since_ns;
    double bytes_per_second; // of the program, over the last half
    // By the program, had it stayed at what it had then, once all is collected:
    // at least, and at the most.
    uint64_t held, held_most;
};

// Of a site: spans that it has alone, and what was never used of such segments.
struct alone {
    uint64_t held, unused;
};

struct answer_state {
    struct pool pool; // of all that the answer and the rest here points to
    struct analysis *of;
    bool owns_analysis;
    struct trace_tables tables; // those of the analysis, with this pool
    struct replay early; // at the moment asked for, when that is not the end
    struct replay *now;  // this one, or that of the whole recording
    enum answer_at at;   // which moment it is
    bool at_end;         // it is the heap of the end
    bool has_names;      // this thread is looking up a name
    bool wrappers;       // call sites may be named by them
    uint32_t *site_of_stack; // by index in now->metrics.stacks
    struct owners owners;    // of heaps
    size_t site_total;       // those without a block included
    uint64_t *ends;          // by site: of its large blocks, PART_SLACK
    struct alone *alone;     // by site
    struct collected_way way;
    uint64_t mapped, unused; // of segments; and never used
    uint64_t beside_frees;   // never used, in segments that only deferred frees
                             // keep
    struct growing growing;
    struct pins_lever span_lever, segment_lever; // groups are sites
    // What span_map.c gave out last, and what it counts with.
    struct answer_block *blocks;
    struct answer_tenant *tenants; // site_total
    uint32_t *tenant_of;           // by site, index + 1
    struct state_frames *frames;   // frame_count: by index in answer.stacks
    size_t frame_count;
    struct metric_rows *rows; // metric_rows.h; NULL: nobody has asked yet
    char **texts;             // that the answer points to
    size_t text_count;
};

void state_free(struct answer_state *state);

// Formats a text that lives as long as the state.
const char *state_text(struct answer_state *state, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
// Symbols, for this thread alone until they are given back. What they ask for
// in vain ends the work where that of state->pool ends.
struct symbols *state_names(struct answer_state *state);
void state_names_done(struct answer_state *state);
// The name of the thread at this index of threads, or NULL.
const char *state_thread_name(const struct answer_state *state,
                              const struct threads *threads, uint32_t thread);
// The frames of the stack at this index, which has the node; looked up once.
const struct frame *state_stack(struct answer_state *state, size_t stack,
                                uint32_t node, size_t *count);

#endif
