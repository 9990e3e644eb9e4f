// collected.h - what a heap holds once every thread has collected.
//
// Then what has no live block has gone back, by pages or by whole segments.
// What was never used stays where a live block keeps its segment. Who needs
// more spans before that takes, as core does (core/span/segment.c), those that
// threads keep, then free ones of the first segment that has some, the used
// ones of it first, and after them a new segment.
#ifndef RPSCOPE_METRIC_COLLECTED_H
#define RPSCOPE_METRIC_COLLECTED_H

#include "viewer/heap/heap.h"

// How it goes.
struct collected_way {
    bool pages; // what goes back goes by pages
    bool huge;  // segments of heaps that have grown are of huge pages
};

// Bytes held when it has come to need `more` spans beside, and all is collected
// then.
uint64_t collected_held(const struct heap *heap,
                        const struct collected_way *way, uint64_t more);

#endif
