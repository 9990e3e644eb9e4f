// middle.h - the moment in the middle of a recording: what lives at the end is
// compared with what lived then, when the program uses more and more.
#ifndef RPSCOPE_ANSWER_MIDDLE_H
#define RPSCOPE_ANSWER_MIDDLE_H

#include "viewer/metric/replay.h"

// The last step of the timeline that ends before, or at, half of the time;
// NULL: there is none.
const struct timeline_step *middle_step(const struct timeline *timeline,
                                        uint64_t time);
// Whether anybody asks for it at the end of this replay: it grows.
bool middle_is_asked_for(const struct replay *replay, struct pool *pool);

#endif
