// analysis.h - a trace that has been read: the heap at its end, and keyframes
// from which the heap of any other moment is had.
//
// All answers of one recording stand on it. It does not change once it is open,
// but for what reading a part of the trace again takes: so one thread may make
// an answer while another shows one. Names are looked up by one of them at a
// time (names_*).
#ifndef RPSCOPE_ANSWER_ANALYSIS_H
#define RPSCOPE_ANSWER_ANALYSIS_H

#include "viewer/answer/analysis_data.h"

// Reads the trace at `path` to its end. `options` may be NULL: all zero. NULL
// with a sentence when nothing in the file is whole.
struct analysis *analysis_open(const char *path,
                               const struct analyse_options *options,
                               struct failure *failure);
// Answers of it are given to answer_free before. NULL is ignored.
void analysis_close(struct analysis *analysis);
// False when options->progress has ended the reading.
bool analysis_is_whole(const struct analysis *analysis);

// The heap at the limit, into a zeroed replay whose memory comes from the pool
// of `tables`, which are the analysis'.
void analysis_replay(struct analysis *analysis,
                     const struct trace_tables *tables, struct replay *replay,
                     const struct analysis_limit *limit,
                     const struct analyse_options *options);
// Who sees a part of the recording again, change by change.
struct analysis_watch {
    // The heap, and the metrics, as they are where that begins; all that was
    // seen before it, if anything was, is void. The metrics stay as they are.
    void (*begin)(void *context, const struct replay *replay);
    // The next changes; the heap is as it is after them. A state that ends is
    // the last of its batch, and heap->before is still there.
    void (*see)(void *context, const struct heap *heap,
                const struct heap_change *changes, size_t count);
    // The heap as it is at the end; may be NULL.
    void (*end)(void *context, const struct heap *heap);
    void *context;
};
// From the last keyframe before `since` (steps since the start), or from the
// start, up to the limit. False when options->progress has ended it.
bool analysis_see(struct analysis *analysis, const struct trace_tables *tables,
                  uint64_t since, const struct analysis_limit *limit,
                  const struct analyse_options *options,
                  const struct analysis_watch *watch);
// What was used and held in a part of the recording (steps since the start), in
// as many steps as there are of all of it; of the pool of `tables`. NULL: there
// are too many events in it to be read again for that.
struct timeline_point *analysis_part(struct analysis *analysis,
                                     const struct trace_tables *tables,
                                     uint64_t from, uint64_t to,
                                     const struct analyse_options *options,
                                     size_t *count);
// Bytes that reading may ask for, with as many blocks live as were by now.
uint64_t analysis_memory(const struct analysis *analysis);
// How many of these were, and are left for an answer.
uint64_t analysis_taken(const struct analysis *analysis);
uint64_t analysis_room(const struct analysis *analysis);

#endif
