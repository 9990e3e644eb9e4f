// limit.h - how far the events are read for the moment that is asked for.
//
// A moment that the recording does not have is refused, and the nearest are
// named; nothing is shown in its place.
#ifndef RPSCOPE_ANSWER_LIMIT_H
#define RPSCOPE_ANSWER_LIMIT_H

#include "viewer/answer/analysis_data.h"

// `at`: what options->at stands for. False with a sentence.
bool limit_find(const struct analysis *analysis,
                const struct analyse_options *options, enum answer_at at,
                struct analysis_limit *limit, struct failure *failure);

// AT_USUAL becomes what it stands for.
enum answer_at limit_at(const struct analysis *analysis, enum answer_at at);

// ns -> steps since the start of the heap.
uint64_t limit_steps(const struct analysis *analysis, uint64_t ns);

#endif
