// indexing.h - the keyframes of an analysis: where they are kept, when one is
// taken, and how far a trace needs not be read again.
#ifndef RPSCOPE_ANSWER_INDEXING_H
#define RPSCOPE_ANSWER_INDEXING_H

#include "viewer/answer/analysis_data.h"

// Begins keyframes, in a file when that is worth it, and lists those that are
// there already. The file of the trace is open.
void indexing_start(struct analysis *analysis,
                    const struct analyse_options *options);
// They are not to be believed: begins again without them.
void indexing_restart(struct analysis *analysis,
                      const struct analyse_options *options);
void indexing_stop(struct analysis *analysis);

// Takes a keyframe of `whole` if it is due. `memory`: bytes that keyframes may
// take in all where they are in memory.
void indexing_see(struct analysis *analysis, uint64_t memory);
// The trace was read to its end, and nothing of it has been said to be over.
void indexing_end(struct analysis *analysis, uint64_t memory);

// Moments that many ask for have a keyframe of their own once the recording has
// ended. Whether they are to be looked for; the next of them, for which the
// trace is to be read again up to the event (false: there are no more); and
// what has been read for it, batch by batch.
bool indexing_wants_moments(const struct analysis *analysis);
bool indexing_next_moment(struct analysis *analysis, uint64_t *event);
void indexing_see_moment(struct analysis *analysis, struct replay *replay,
                         uint64_t event);

// Hands what is to be said of the index on, once.
void indexing_say(struct analysis *analysis,
                  const struct analyse_options *options);

#endif
