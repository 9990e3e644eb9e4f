// filter_series.h - what was used over time by the blocks that the filter lets
// pass.
//
// The recording is read again for it, once for a filter: it does not depend on
// the moment. Of a block that is asked how long it lives, its whole life
// counts, up to the end of the recording where it lives on; then the recording
// is read twice.
#ifndef RPSCOPE_ANSWER_FILTER_SERIES_H
#define RPSCOPE_ANSWER_FILTER_SERIES_H

#include "viewer/answer/analysis.h"
#include "viewer/answer/answer.h"

// Puts it in the place of answer.points, and of part_points when a part is
// asked for: what is held by all is not in it. Sets the most that was used.
void filter_series_fill(struct answer *answer,
                        const struct analyse_options *options);

// Forgets what is kept of the last one.
void filter_series_free(struct analysis *analysis);

#endif
