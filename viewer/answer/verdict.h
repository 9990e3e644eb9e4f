// verdict.h - the sentences that say what is going on.
//
// The rule is fixed, so that report, screens and CI say the same. The moment
// judged is that of all tables. Below 1.25 bytes held per byte used there is
// little waste; else the largest keeper of the difference is named, and the
// first cause (causes.h): whose it is, what becomes free, what goes back.
#ifndef RPSCOPE_ANSWER_VERDICT_H
#define RPSCOPE_ANSWER_VERDICT_H

#include "viewer/answer/answer.h"

// After all others.
void verdict_fill(struct answer *answer);

#endif
