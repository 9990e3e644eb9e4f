// contradictions.h - events of the trace that cannot be, as the others tell it.
#ifndef RPSCOPE_METRIC_CONTRADICTIONS_H
#define RPSCOPE_METRIC_CONTRADICTIONS_H

#include "viewer/metric/metric.h"

// Of one kind, of blocks of one stack.
struct contradictions_of {
    enum contradiction kind;
    uint32_t stack; // node, or SLOT_NEVER
    uint32_t ring;  // of the first
    uint64_t time;  // of the first, in steps since the start
    uint64_t count;
};

enum { CONTRADICTIONS_KEPT = 256 };

struct contradictions {
    struct contradictions_of list[CONTRADICTIONS_KEPT];
    size_t count;
    uint64_t total;
};

extern const struct metric contradictions_metric;

#endif
