// new_class.h - the size class that, were there one more, would save most of
// what blocks are larger than what was asked for.
#ifndef RPSCOPE_METRIC_NEW_CLASS_H
#define RPSCOPE_METRIC_NEW_CLASS_H

#include "viewer/metric/classes.h"
#include "viewer/metric/metric.h"

enum { NEW_CLASS_STEP = 16 }; // sizes of classes are multiples of this

// In front of one of the classes.
struct new_class {
    uint32_t block_bytes; // of the class that there is; 0: it has no live block
    uint32_t size;        // of the new one
    uint64_t blocks;      // live ones that would be of it
    uint64_t saved;       // bytes
};

struct new_classes {
    struct new_class classes[CLASSES];
};

// By the live blocks of the heap as it is; `pool`: for the work.
void new_classes_compute(struct new_classes *classes, const struct heap *heap,
                         struct pool *pool);

#endif
