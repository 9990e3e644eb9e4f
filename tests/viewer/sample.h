// sample.h - an answer made by hand, with a pin, a leak and odd names.
#ifndef RPSCOPE_TESTS_SAMPLE_H
#define RPSCOPE_TESTS_SAMPLE_H

#include "viewer/answer/answer.h"

// Static data: not to be freed.
struct answer *sample_answer(void);
// The same with a damaged trace and no findings.
struct answer *sample_damaged(void);
// The same with marks and snapshots.
struct answer *sample_marked(void);
// A program that did nothing.
struct answer *sample_empty(void);

// Stands for answer_frames.
const struct frame *sample_frames(struct answer *answer, size_t stack,
                                  size_t *count);

#endif
