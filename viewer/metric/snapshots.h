// snapshots.h - the moments that the recorder has told of, and what the heap
// has then: does the recorder's own count agree with the events?
#ifndef RPSCOPE_METRIC_SNAPSHOTS_H
#define RPSCOPE_METRIC_SNAPSHOTS_H

#include "viewer/metric/metric.h"

struct snapshot {
    uint64_t number, time;
    bool has_state; // the trace tells it, and the heap has begun with it
    bool missing;   // not all of that state is in the trace
    uint64_t held, told_held;
    uint64_t used, live_blocks;
    uint64_t checked, mismatches; // classes; 0 checked: none were told
};

enum { SNAPSHOTS_KEPT = 10000, SNAPSHOT_CLASSES = 256 };

struct snapshots {
    struct pool *pool;
    struct snapshot *list;
    size_t count, capacity;
    bool counting; // the recorder's count is being told
    struct snapshot_class {
        uint64_t spans, live;
        bool told;
    } classes[SNAPSHOT_CLASSES];
};

extern const struct metric snapshots_metric;

#endif
