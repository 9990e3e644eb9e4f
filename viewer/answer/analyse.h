// analyse.h - from a trace to an answer.
#ifndef RPSCOPE_ANSWER_ANALYSE_H
#define RPSCOPE_ANSWER_ANALYSE_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

// Reads the trace at `path`. `options` may be NULL: all zero. Returns the
// answer, to be given to answer_free; or NULL with a sentence when nothing
// in the file is whole. What is wrong with a trace that is partly whole stands
// in quality.sentences.
struct answer *analyse_trace(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure);

// The same of a trace that was read already (analysis.h), from the nearest
// keyframe before the moment. One thread at a time asks, while others may use
// answers that are there.
struct answer *analyse_moment(struct analysis *analysis,
                              const struct analyse_options *options,
                              struct failure *failure);

#endif
