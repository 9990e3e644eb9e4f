// analyse.h - from a trace to an answer.
#ifndef RPSCOPE_ANSWER_ANALYSE_H
#define RPSCOPE_ANSWER_ANALYSE_H

#include "viewer/answer/answer.h"
#include "viewer/base/fail.h"

struct analyse_options {
    enum answer_at at;
    uint64_t at_ns;    // for AT_TIME, without a snapshot
    uint64_t snapshot; // number of the one whose time it is; 0: none
    // More functions that name no site, as patterns of fnmatch ("xmalloc*").
    const char *const *skip_functions;
    size_t skip_function_count;
    bool no_names; // addresses only: no file but the trace is opened
    // NULL, or where to write how much memory was asked for at the most.
    uint64_t *memory;
    // Told now and then, with a share from 0 to 1; may be NULL. When it returns
    // false the reading ends early, and the answer is of what was read.
    bool (*progress)(void *context, double done);
    void *progress_context;
};

// Reads the trace at `path`. `options` may be NULL: all zero. Returns the
// answer, to be given to answer_free; or NULL with a sentence when nothing
// in the file is whole. What is wrong with a trace that is partly whole stands
// in quality.sentences.
struct answer *analyse_trace(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure);

#endif
