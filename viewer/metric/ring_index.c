// ring_index.c - from the number of a ring to its place in a list.
#include "viewer/metric/ring_index.h"

#include <stdlib.h>

static struct ring_place *place_of(const struct ring_index *index,
                                   uint32_t ring) {
    size_t mask = index->capacity - 1;
    size_t at = (ring * UINT64_C(0x9e3779b97f4a7c15) >> 32) & mask;
    while (index->places[at].place && index->places[at].ring != ring)
        at = (at + 1) & mask;
    return &index->places[at];
}

uint32_t ring_index_find(const struct ring_index *index, uint32_t ring) {
    if (index->capacity == 0)
        return RING_NONE;
    uint32_t place = place_of(index, ring)->place;
    return place ? place - 1 : (uint32_t)RING_NONE;
}

void ring_index_set(struct ring_index *index, uint32_t ring, uint32_t place) {
    if (index->count * 2 >= index->capacity) {
        struct ring_index old = *index;
        index->capacity = old.capacity ? old.capacity * 2 : 64;
        index->places =
            pool_zeroed(index->pool, index->capacity, sizeof *index->places);
        for (size_t i = 0; i < old.capacity; i++)
            if (old.places[i].place)
                *place_of(index, old.places[i].ring) = old.places[i];
        pool_give(index->pool, old.places);
    }
    struct ring_place *at = place_of(index, ring);
    index->count += at->place == 0;
    *at = (struct ring_place){ring, place + 1};
}

void ring_index_free(struct ring_index *index) {
    pool_give(index->pool, index->places);
    *index = (struct ring_index){.pool = index->pool};
}

void ring_index_save(const struct ring_index *index, struct pack *pack) {
    pack_put(pack, &index->count, sizeof index->count);
    for (size_t i = 0; i < index->capacity; i++)
        if (index->places[i].place)
            pack_put(pack, &index->places[i], sizeof *index->places);
}

bool ring_index_restore(struct ring_index *index, struct pack *pack) {
    struct ring_place place;
    size_t count;
    if (!pack_take(pack, &count, sizeof count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!pack_take(pack, &place, sizeof place))
            return false;
        ring_index_set(index, place.ring, place.place - 1);
    }
    return true;
}
