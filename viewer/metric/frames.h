// frames.h - marks of one name in a row, and what happened from each to the
// next: the frames of a game, the requests of a server.
#ifndef RPSCOPE_METRIC_FRAMES_H
#define RPSCOPE_METRIC_FRAMES_H

#include "viewer/metric/metric.h"

// What happened between two marks, or in all frames of a series.
struct frame_work {
    uint64_t steps; // of time
    uint64_t allocations, frees, allocated_bytes;
    int64_t growth; // of what is used
};

struct frame_series {
    uint64_t text;        // of the marks
    uint64_t first, last; // marks: steps since the start
    uint64_t frames;
    struct frame_work all;
    struct frame_work worst; // the frame that allocated most bytes
    uint64_t worst_number, worst_start;
};

enum { FRAMES_MOST_SERIES = 10000 };

struct frames {
    struct pool *pool;
    struct frame_series *list; // of two marks at the least
    size_t count, capacity;
    bool marked;              // there was a mark, and its frame goes on
    struct frame_series open; // that the last mark is of
    struct frame_work work;   // since then
};

extern const struct metric frames_metric;

#endif
