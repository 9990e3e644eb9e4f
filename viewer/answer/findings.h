// findings.h - what is worth knowing, and how far to trust it.
#ifndef RPSCOPE_ANSWER_FINDINGS_H
#define RPSCOPE_ANSWER_FINDINGS_H

#include "viewer/answer/answer.h"

// After sites and tables.
void findings_fill(struct answer *answer);

#endif
