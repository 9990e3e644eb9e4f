// unnamed.h - files of the recording whose functions have no names, and what
// brings them.
#ifndef RPSCOPE_ANSWER_UNNAMED_H
#define RPSCOPE_ANSWER_UNNAMED_H

#include "viewer/answer/answer.h"

// A sentence, without its end; NULL: no call site is without a name for that
// reason. After sites_fill.
const char *unnamed_say(struct answer *answer);

#endif
