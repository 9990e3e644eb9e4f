// pool.h - memory that only grows, shared by all threads, named by numbers.
//
// It lies in shared memory, so that the drainer can be another process. Pieces
// are cut from chunks; a chunk never moves, so a piece can be read as long as
// the pool exists. The number of a piece is where it lies, in units of 16
// bytes; 0 is none.
//
// Invariant: chunk i, once there, serves the numbers i * CHUNK_UNITS on.
// Progress:  taking is lock-free, finding is wait-free.
#ifndef RP_INSTRUMENT_SHM_POOL_H
#define RP_INSTRUMENT_SHM_POOL_H

#include "instrument/shm/shm.h"

enum {
    RP_POOL_CHUNK_BYTES = 64 << 10,
    RP_POOL_CHUNKS = 4096,
    RP_POOL_UNIT = 16,
    RP_POOL_CHUNK_UNITS = RP_POOL_CHUNK_BYTES / RP_POOL_UNIT,
};

// What lies in the shared memory, zeroed before its first use.
struct rp_pool_shared {
    _Atomic uint32_t next; // number of the first unit that nobody has taken
    _Atomic uint64_t chunks[RP_POOL_CHUNKS]; // offsets in the memory
};

// A process' view of it.
struct rp_pool {
    struct rp_shm *shm;
    struct rp_pool_shared *shared;
};

// A piece of `bytes` zeroed bytes, at most RP_POOL_CHUNK_BYTES, at a multiple
// of 16. Returns it and its number, or NULL when there is no memory left. Any
// thread.
void *rp_pool_take(struct rp_pool *pool, size_t bytes, uint32_t *number);

// The piece of a number. The caller has got the number from whoever took it,
// by a release and an acquire.
void *rp_pool_at(const struct rp_pool *pool, uint32_t number);

// The same of a number that anybody may have written, by whoever drains; NULL:
// it is none. *bytes: how many there are from there to the end of its chunk.
void *rp_pool_find(const struct rp_pool *pool, uint64_t number, size_t *bytes);

#endif
