// metric.h - what a metric is: something to know of a recording that follows
// from the changes of its heap.
//
// A metric is a file here with a structure, a table of these operations, and a
// line in metrics.h. It keeps what it has to know, fed by changes; it does not
// change the heap, and does not know who asks. At a keyframe it is saved, and
// goes on from there when it is restored.
#ifndef RPSCOPE_METRIC_METRIC_H
#define RPSCOPE_METRIC_METRIC_H

#include "viewer/base/pack.h"
#include "viewer/heap/heap.h"

struct sums;
struct stacks;

// What all metrics of one recording see.
struct metric_context {
    struct pool *pool;       // where a metric's memory comes from
    const struct heap *heap; // as it is after the last change that is fed
    // Times of the recording as far as they are known, in steps.
    uint64_t first, last;
    // Metrics that others look at; these are fed first.
    const struct sums *sums;
    const struct stacks *stacks;
};

struct metric {
    const char *key;
    uint32_t kinds; // CHANGE_SET of those that it is fed for
    // Makes a zeroed structure ready. Operations may be NULL but feed.
    void (*start)(void *metric, const struct metric_context *context);
    // The kinds that it needs to be fed for as it is now; NULL: all of `kinds`.
    uint32_t (*needs)(const void *metric);
    // Changes in their order, also of other kinds. One that asks to look at the
    // heap (a state that begins or ends, a count to compare with) is the last
    // of its batch.
    void (*feed)(void *metric, const struct metric_context *context,
                 const struct heap_change *changes, size_t count);
    // The changes up to here are all that there are, for now.
    void (*settle)(void *metric, const struct metric_context *context);
    // The recording ends here.
    void (*end)(void *metric, const struct metric_context *context);
    void (*free)(void *metric);
    // After settle. Restored into one that has been started, with the heap of
    // that time; false: the bytes are not those of a metric.
    void (*save)(const void *metric, const struct metric_context *context,
                 struct pack *pack);
    bool (*restore)(void *metric, const struct metric_context *context,
                    struct pack *pack);
};

#endif
