// life_sample.h - some of a recording's blocks for all of them.
//
// As long as there is room all lives are kept, and sums are exact. When there
// is not, a block of b bytes is kept with the chance b / T and counts as T
// bytes, one of T or more always and as it is; T is doubled until all have
// room. Which ones are kept follows from the place and the birth of a block
// alone: so both ends of a life are kept or none is, and the same trace gives
// the same sample. A sum of bytes is right in the mean, with an error of about
// the square root of T times itself.
#ifndef RPSCOPE_EXPORT_LIFE_SAMPLE_H
#define RPSCOPE_EXPORT_LIFE_SAMPLE_H

#include <stddef.h>

#include "viewer/export/lives.h"

struct life_sample {
    struct life *list; // in the order of time
    size_t count, capacity;
    size_t most;        // that there is room for
    uint64_t threshold; // T; 0: all are kept
    uint64_t seen;      // lives that came or went
    bool is_weighed;    // bytes of a life are what it counts as
};

// Zeroed before first use but for `most`. Blocks of no bytes are left out.
void life_sample_add(struct life_sample *sample, const struct life *life);
// What lives at the end is in `staying`, a sample of its own with a T of its
// own: it takes the place of what this one has of that, so that the little that
// lives is as exact as it can be, however much came and went. Nothing when all
// are kept anyway. `staying` has no more than this one has room for.
void life_sample_join(struct life_sample *sample, struct life_sample *staying);
// As how many bytes a life of the sample counts.
uint64_t life_sample_weight(const struct life_sample *sample,
                            const struct life *life);
void life_sample_free(struct life_sample *sample);

#endif
