// pool.c - see pool.h.
#include "instrument/shm/pool.h"

#include "core/base/atomic.h"
#include "core/base/bits.h"

// The chunk, made if it is not there yet; NULL: no memory.
static char *chunk_get(const struct rp_pool *pool, uint32_t index) {
    _Atomic uint64_t *offset = &pool->shared->chunks[index];
    // acquire [chunk]: that it is zeroed and mapped
    uint64_t chunk = load_acquire(offset);

    if (RP_UNLIKELY(chunk == 0)) {
        uint64_t made =
            rp_shm_take(pool->shm, RP_POOL_CHUNK_BYTES, RP_POOL_CHUNK_BYTES);
        if (made == 0)
            return NULL;
        // acq_rel [chunk]: either mine is seen by all, or I see the other one;
        // then mine stays unused
        if (cas_strong_acq_rel(offset, &chunk, made))
            chunk = made;
    }
    return rp_shm_at(pool->shm, chunk);
}

void *rp_pool_take(struct rp_pool *pool, size_t bytes, uint32_t *number) {
    uint32_t units = (uint32_t)(round_up(bytes, RP_POOL_UNIT) / RP_POOL_UNIT);
    // relaxed: units are only counted here, their memory comes by [chunk]
    uint32_t first = load_relaxed(&pool->shared->next), start;

    do {
        start = first == 0 ? 1 : first; // number 0 is none
        uint32_t left = RP_POOL_CHUNK_UNITS - start % RP_POOL_CHUNK_UNITS;
        if (units > left) // the rest of the chunk stays unused
            start += left;
        if (start / RP_POOL_CHUNK_UNITS >= RP_POOL_CHUNKS)
            return NULL;
        // relaxed: see above
    } while (!cas_relaxed(&pool->shared->next, &first, start + units));

    char *chunk = chunk_get(pool, start / RP_POOL_CHUNK_UNITS);
    if (chunk == NULL)
        return NULL;
    *number = start;
    return chunk + (size_t)(start % RP_POOL_CHUNK_UNITS) * RP_POOL_UNIT;
}

void *rp_pool_at(const struct rp_pool *pool, uint32_t number) {
    // relaxed: who handed over the number has handed over the chunk
    uint64_t chunk =
        load_relaxed(&pool->shared->chunks[number / RP_POOL_CHUNK_UNITS]);

    return pool->shm->base + chunk +
           (size_t)(number % RP_POOL_CHUNK_UNITS) * RP_POOL_UNIT;
}

void *rp_pool_find(const struct rp_pool *pool, uint64_t number, size_t *bytes) {
    uint64_t index = number / RP_POOL_CHUNK_UNITS;
    size_t before = (size_t)(number % RP_POOL_CHUNK_UNITS) * RP_POOL_UNIT;

    if (number == 0 || index >= RP_POOL_CHUNKS)
        return NULL;
    // relaxed: as above
    uint64_t chunk = load_relaxed(&pool->shared->chunks[index]);
    if (!rp_shm_has(pool->shm, chunk, RP_POOL_CHUNK_BYTES, RP_SHM_PAGE))
        return NULL;
    *bytes = RP_POOL_CHUNK_BYTES - before;
    return (char *)rp_shm_at(pool->shm, chunk) + before;
}
