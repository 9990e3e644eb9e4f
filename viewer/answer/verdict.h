// verdict.h - the sentences that say what is going on.
//
// The rule is fixed, so that report, screens and CI say the same. The moment
// judged is the one asked for; or, for a program that has freed nearly all of
// its memory by then and left no pins, the one when it used most. Below 1.25
// bytes held per byte used there is little waste; else the largest part of the
// difference is named, with whoever can do something about it.
#ifndef RPSCOPE_ANSWER_VERDICT_H
#define RPSCOPE_ANSWER_VERDICT_H

#include "viewer/answer/answer.h"

// After all others.
void verdict_fill(struct answer *answer);

#endif
