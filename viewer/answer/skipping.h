// skipping.h - whether what the user said names no call site has had any sense.
#ifndef RPSCOPE_ANSWER_SKIPPING_H
#define RPSCOPE_ANSWER_SKIPPING_H

#include "viewer/answer/answer.h"
#include "viewer/base/fail.h"

// After sites_fill. False with a sentence when a pattern fits nothing that
// could have named a site, when no line of the user's rules does, or when they
// leave no frame of the program's own.
bool skipping_has_sense(struct answer *answer, struct failure *failure);

#endif
