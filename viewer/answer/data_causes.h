// data_causes.h - data that need not be there, or not so large: what blocks are
// larger than asked for, and what grows.
#ifndef RPSCOPE_ANSWER_DATA_CAUSES_H
#define RPSCOPE_ANSWER_DATA_CAUSES_H

#include "viewer/answer/answer.h"

void data_causes_add(struct answer *answer);

#endif
