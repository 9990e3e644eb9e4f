// sample.h - an analysis made by hand, with a pin, a leak and odd names.
#ifndef RPSCOPE_TESTS_SAMPLE_H
#define RPSCOPE_TESTS_SAMPLE_H

#include "viewer/answer/answer.h"

// Static data: not to be freed.
struct analysis *sample_analysis(void);
// The same with a damaged trace and no findings.
struct analysis *sample_damaged(void);
// The same with marks and snapshots.
struct analysis *sample_marked(void);
// A program that did nothing.
struct analysis *sample_empty(void);

// Stands for analysis_frames.
const struct frame *sample_frames(struct analysis *analysis, size_t stack,
                                  size_t *count);

#endif
