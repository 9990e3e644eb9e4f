// between.h - what happened between two moments, by call site, size class and
// part of the held bytes.
#ifndef RPSCOPE_ANSWER_BETWEEN_H
#define RPSCOPE_ANSWER_BETWEEN_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

// From `since` (steps since the start) to the answer's moment; the other way
// round when that is earlier. Of the blocks that its filter lets pass. After
// sites_fill. False with a sentence when that cannot be told of such blocks.
bool between_fill(struct answer *answer, uint64_t since,
                  const struct analyse_options *options,
                  struct failure *failure);

#endif
