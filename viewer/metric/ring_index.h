// ring_index.h - from the number of a ring to its place in a list.
#ifndef RPSCOPE_METRIC_RING_INDEX_H
#define RPSCOPE_METRIC_RING_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pack.h"

struct ring_index {
    struct pool *pool; // set it before use
    struct ring_place {
        uint32_t ring, place; // place + 1; 0: nothing is here
    } * places;               // open addressing
    size_t count, capacity;
};

enum { RING_NONE = UINT32_MAX };

// RING_NONE for a ring that has none.
uint32_t ring_index_find(const struct ring_index *index, uint32_t ring);
void ring_index_set(struct ring_index *index, uint32_t ring, uint32_t place);
void ring_index_free(struct ring_index *index);
// At a keyframe; restored into an empty one. False: the bytes are not those.
void ring_index_save(const struct ring_index *index, struct pack *pack);
bool ring_index_restore(struct ring_index *index, struct pack *pack);

#endif
