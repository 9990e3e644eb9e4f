// growing.h - whose live data grows, when the program uses more and more.
//
// What lives now is compared with what lived in the middle of the time up to
// now (middle.h), which is read again; for a program that does not grow nothing
// is.
#ifndef RPSCOPE_ANSWER_GROWING_H
#define RPSCOPE_ANSWER_GROWING_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

// After the sites and the points in time. Sets state->growing.
void growing_fill(struct answer *answer, const struct analyse_options *options);

#endif
