// same_names.h - call sites that would be called alike, told apart.
#ifndef RPSCOPE_ANSWER_SAME_NAMES_H
#define RPSCOPE_ANSWER_SAME_NAMES_H

#include "viewer/answer/answer.h"

// Gives sites whose name and place read the same the name of a caller in which
// their main stacks differ. After the stacks have their sites.
void same_names_fill(struct answer *answer);

#endif
