// worst.h - the moment of a recording at which it is worst.
//
// The recording is cut into steps of equal time, those of the timeline, at most
// 1,024. What was held beyond use at the end of each is its excess, but for
// what was taken for a block that is still on its way. Of all ranges of steps
// the one counts in which the least excess, times the length of the range, is
// the most: much, and for long. The worst moment is the end of that step of the
// range whose excess seven eighths of it do not exceed, of equal ones the last:
// what is short is not what counts.
//
// Who does not ask for a moment gets the worst one when the program has torn
// down what it was by the end: it has ended with its destructors, and uses less
// than a quarter then, or its excess is less than three quarters. The end, when
// that is not so, and when the worst is nothing to speak of (2 MiB, or a
// quarter of what is used).
#ifndef RPSCOPE_ANSWER_WORST_H
#define RPSCOPE_ANSWER_WORST_H

#include "viewer/answer/at.h"
#include "viewer/metric/timeline.h"

// The step of the worst moment; NULL: there is none yet. `end`: when the
// recording ends, in steps since the start: what the last event has left lasts
// until then.
const struct timeline_step *worst_step(const struct timeline *timeline,
                                       uint64_t end);

// AT_END or AT_WORST.
enum answer_at worst_usual(const struct timeline *timeline,
                           const struct instant *end, uint64_t end_time);

#endif
