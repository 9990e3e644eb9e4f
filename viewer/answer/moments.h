// moments.h - held and used bytes: now, when they were at their most, and in
// the mean; and the ratios of the two.
#ifndef RPSCOPE_ANSWER_MOMENTS_H
#define RPSCOPE_ANSWER_MOMENTS_H

#include "viewer/answer/answer.h"

void moments_fill(struct answer *answer);

#endif
