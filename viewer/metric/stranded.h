// stranded.h - spans that are held because heaps do not share them: of each
// size class, what one heap for all would need.
#ifndef RPSCOPE_METRIC_STRANDED_H
#define RPSCOPE_METRIC_STRANDED_H

#include "viewer/metric/classes.h"
#include "viewer/metric/metric.h"

struct stranded_class {
    uint64_t heaps;    // with spans of the class
    uint64_t spans;    // that they have
    uint64_t apart;    // that the live blocks would need, heap by heap
    uint64_t together; // and if they were all of one heap
};

struct stranded {
    struct stranded_class classes[CLASSES];
};

// By the heap as it is; `pool`: for the work. Large and huge blocks share no
// spans.
void stranded_compute(struct stranded *stranded, const struct heap *heap,
                      struct pool *pool);

#endif
