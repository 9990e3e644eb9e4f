// store.c - see store.h.
#include "instrument/store.h"

#include "core/atomic.h"
#include "core/bits.h"
#include "instrument/system.h"

// The chunk, made if it is not there yet; NULL: no memory.
static char *chunk_get(struct rp_store *store, uint32_t index) {
    // acquire [chunk]: that it is zeroed and mapped
    char *chunk = load_acquire(&store->chunks[index]);
    if (RP_LIKELY(chunk != NULL))
        return chunk;

    char *made = rp_system_map(RP_STORE_CHUNK_BYTES, RP_MAP_OWN);
    if (made == NULL)
        return NULL;
    // acq_rel [chunk]: either mine is seen by all, or I see the other one
    if (cas_strong_acq_rel(&store->chunks[index], &chunk, made))
        return made;
    rp_system_unmap(made, RP_STORE_CHUNK_BYTES);
    return chunk;
}

void *rp_store_take(struct rp_store *store, size_t bytes, uint32_t *number) {
    uint32_t units = (uint32_t)(round_up(bytes, RP_STORE_UNIT) / RP_STORE_UNIT);
    // relaxed: units are only counted here, their memory comes by [chunk]
    uint32_t first = load_relaxed(&store->next), start;

    do {
        start = first == 0 ? 1 : first; // number 0 is none
        uint32_t left = RP_STORE_CHUNK_UNITS - start % RP_STORE_CHUNK_UNITS;
        if (units > left) // the rest of the chunk stays unused
            start += left;
        if (start / RP_STORE_CHUNK_UNITS >= RP_STORE_CHUNKS)
            return NULL;
        // relaxed: see above
    } while (!cas_relaxed(&store->next, &first, start + units));

    char *chunk = chunk_get(store, start / RP_STORE_CHUNK_UNITS);
    if (chunk == NULL)
        return NULL;
    *number = start;
    return chunk + (size_t)(start % RP_STORE_CHUNK_UNITS) * RP_STORE_UNIT;
}

void *rp_store_at(const struct rp_store *store, uint32_t number) {
    // relaxed: who handed over the number has handed over the chunk
    char *chunk = load_relaxed(&store->chunks[number / RP_STORE_CHUNK_UNITS]);

    return chunk + (size_t)(number % RP_STORE_CHUNK_UNITS) * RP_STORE_UNIT;
}
