// between.h - what happened between two moments, by call site.
#ifndef RPSCOPE_ANSWER_BETWEEN_H
#define RPSCOPE_ANSWER_BETWEEN_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

// From `since` (steps since the start) to the answer's moment; the other way
// round when that is earlier. After sites_fill.
void between_fill(struct answer *answer, uint64_t since,
                  const struct analyse_options *options);

#endif
