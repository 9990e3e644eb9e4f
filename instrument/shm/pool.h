// pool.h - memory that only grows, shared by all threads, named by numbers.
//
// It lies in an arena, so that the drainer can be another process. Pieces are
// cut from chunks; a chunk never moves, so a piece can be read as long as the
// store exists. The number of a piece is its place, in units of 16 bytes; 0 is
// none.
//
// Invariant: chunk i, once there, serves the numbers i * CHUNK_UNITS on.
// Progress:  taking is lock-free, finding is wait-free.
#ifndef RP_INSTRUMENT_SHM_POOL_H
#define RP_INSTRUMENT_SHM_POOL_H

#include "instrument/shm/shm.h"

enum {
    RP_STORE_CHUNK_BYTES = 256 << 10,
    RP_STORE_CHUNKS = 4096,
    RP_STORE_UNIT = 16,
    RP_STORE_CHUNK_UNITS = RP_STORE_CHUNK_BYTES / RP_STORE_UNIT,
};

// What lies in the arena, zeroed before its first use.
struct rp_store_shared {
    _Atomic uint32_t next; // number of the first unit that nobody has taken
    _Atomic uint64_t chunks[RP_STORE_CHUNKS]; // places in the arena
};

// A process' view of it.
struct rp_store {
    struct rp_arena *arena;
    struct rp_store_shared *shared;
};

// A piece of `bytes` zeroed bytes, at most RP_STORE_CHUNK_BYTES, at a multiple
// of 16. Returns it and its number, or NULL when there is no memory left. Any
// thread.
void *rp_store_take(struct rp_store *store, size_t bytes, uint32_t *number);

// The piece of a number. The caller has got the number from whoever took it,
// by a release and an acquire.
void *rp_store_at(const struct rp_store *store, uint32_t number);

#endif
