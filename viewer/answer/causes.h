// causes.h - why more is held than used, and what will happen when it is cured.
//
// Each cause is a prediction that a test has made come true: what it says will
// become free, or go back, does (tests/stress/programs/test_causes.py). They
// are ordered by what goes back; where nothing does, by what becomes free.
#ifndef RPSCOPE_ANSWER_CAUSES_H
#define RPSCOPE_ANSWER_CAUSES_H

#include "viewer/answer/answer.h"

// After the keepers.
void causes_fill(struct answer *answer);

#endif
