// heap_bugs.h - what checks have found, as findings.
#ifndef RPSCOPE_ANSWER_HEAP_BUGS_H
#define RPSCOPE_ANSWER_HEAP_BUGS_H

#include "viewer/answer/answer.h"

// How many the trace has, and the i-th: a sentence with the sites, and in
// .details all that was told, with the stacks.
size_t heap_bugs_count(const struct answer *answer);
struct answer_finding heap_bugs_finding(struct answer *answer, size_t i);

#endif
