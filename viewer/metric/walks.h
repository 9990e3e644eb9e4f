// walks.h - the allocator has counted its own blocks: does the heap agree?
#ifndef RPSCOPE_METRIC_WALKS_H
#define RPSCOPE_METRIC_WALKS_H

#include "viewer/metric/metric.h"

enum { WALK_CLASSES = 256 };

struct walks {
    uint64_t count;
    uint64_t checked, mismatches; // classes
    // What the heap has of each class when a walk begins, and which classes the
    // allocator has told of since then.
    bool walking;
    struct walk_class {
        uint64_t spans, live, deferred;
        bool told;
    } classes[WALK_CLASSES];
};

extern const struct metric walks_metric;

#endif
