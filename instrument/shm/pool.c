// pool.c - see store.h.
#include "instrument/shm/pool.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"

// The chunk, made if it is not there yet; NULL: no memory.
static char *chunk_get(const struct rp_store *store, uint32_t index) {
    _Atomic uint64_t *place = &store->shared->chunks[index];
    // acquire [chunk]: that it is zeroed and mapped
    uint64_t chunk = load_acquire(place);

    if (RP_UNLIKELY(chunk == 0)) {
        uint64_t made = rp_arena_take(store->arena, RP_STORE_CHUNK_BYTES,
                                      RP_STORE_CHUNK_BYTES);
        if (made == 0)
            return NULL;
        // acq_rel [chunk]: either mine is seen by all, or I see the other one;
        // then mine stays unused
        if (cas_strong_acq_rel(place, &chunk, made))
            chunk = made;
    }
    return rp_arena_at(store->arena, chunk);
}

void *rp_store_take(struct rp_store *store, size_t bytes, uint32_t *number) {
    uint32_t units = (uint32_t)(round_up(bytes, RP_STORE_UNIT) / RP_STORE_UNIT);
    // relaxed: units are only counted here, their memory comes by [chunk]
    uint32_t first = load_relaxed(&store->shared->next), start;

    do {
        start = first == 0 ? 1 : first; // number 0 is none
        uint32_t left = RP_STORE_CHUNK_UNITS - start % RP_STORE_CHUNK_UNITS;
        if (units > left) // the rest of the chunk stays unused
            start += left;
        if (start / RP_STORE_CHUNK_UNITS >= RP_STORE_CHUNKS)
            return NULL;
        // relaxed: see above
    } while (!cas_relaxed(&store->shared->next, &first, start + units));

    char *chunk = chunk_get(store, start / RP_STORE_CHUNK_UNITS);
    if (chunk == NULL)
        return NULL;
    *number = start;
    return chunk + (size_t)(start % RP_STORE_CHUNK_UNITS) * RP_STORE_UNIT;
}

void *rp_store_at(const struct rp_store *store, uint32_t number) {
    // relaxed: who handed over the number has handed over the chunk
    uint64_t chunk =
        load_relaxed(&store->shared->chunks[number / RP_STORE_CHUNK_UNITS]);

    return store->arena->base + chunk +
           (size_t)(number % RP_STORE_CHUNK_UNITS) * RP_STORE_UNIT;
}
