// huge_pages.h - what is in memory only because huge pages are.
//
// The first touch of a huge page brings all of it. Spans of it that nobody has
// ever used, and the ends of spans where no block ever was, are then in memory
// all the same. Samples of residency tell how much of that is; without them it
// is what lies in huge pages that were touched, at the most: the system may
// have had none to give.
#ifndef RPSCOPE_ANSWER_HUGE_PAGES_H
#define RPSCOPE_ANSWER_HUGE_PAGES_H

#include "viewer/answer/answer.h"

// After recording_fill and the sums.
void huge_pages_fill(struct answer *answer);

#endif
