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

// How many frames had so much of something: a bin for each number below 16,
// and from there on eight to each power of two, so that none is wider than an
// eighth of where it begins.
enum { FRAME_BINS = 16 + 60 * 8 };
struct frame_bins {
    uint32_t count[FRAME_BINS];
};
struct frame_spread {
    struct frame_bins allocations, bytes;
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
    bool marked;                   // there was a mark, and its frame goes on
    struct frame_series open;      // that the last mark is of
    struct frame_work work;        // since then
    struct frame_spread **spreads; // of those in the list
    size_t spread_capacity;
};

extern const struct metric frames_metric;

// What `part` (0 .. 1) of the frames do not have more of, to an eighth: the
// upper end of a bin.
uint64_t frames_quantile(const struct frame_bins *bins, double part);

#endif
