// sites.h - call sites: exact stacks, grouped by nearest user frame.
#ifndef RPSCOPE_ANSWER_SITES_H
#define RPSCOPE_ANSWER_SITES_H

#include "viewer/answer/answer.h"

void sites_fill(struct answer *answer);

#endif
