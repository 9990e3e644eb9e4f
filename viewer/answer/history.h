// history.h - what happened to one span, block or segment up to a moment, and
// who held it, one after the other.
#ifndef RPSCOPE_ANSWER_HISTORY_H
#define RPSCOPE_ANSWER_HISTORY_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

enum { HISTORY_MOST = 1 << 16 }; // rows: the last ones

// Of options->history, from options->since on where there is one. After
// sites_fill. False with a sentence: there is no such thing.
bool history_fill(struct answer *answer, const struct analyse_options *options,
                  struct failure *failure);

#endif
