// store.h - memory that only grows, shared by all threads, named by numbers.
//
// Pieces are cut from chunks; a chunk never moves, so a piece can be read as
// long as the store exists. The number of a piece is its place, in units of 16
// bytes; 0 is none.
//
// Invariant: chunk i, once there, serves the numbers i * CHUNK_UNITS on.
// Progress:  taking is lock-free, finding is wait-free.
#ifndef RP_STORE_H
#define RP_STORE_H

#include <stddef.h>
#include <stdint.h>

enum {
    RP_STORE_CHUNK_BYTES = 1 << 20,
    RP_STORE_CHUNKS = 1024,
    RP_STORE_UNIT = 16,
    RP_STORE_CHUNK_UNITS = RP_STORE_CHUNK_BYTES / RP_STORE_UNIT,
};

struct rp_store {
    _Atomic uint32_t next; // number of the first unit that nobody has taken
    char *_Atomic chunks[RP_STORE_CHUNKS];
};

// A piece of `bytes` zeroed bytes, at most RP_STORE_CHUNK_BYTES, at a multiple
// of 16. Returns it and its number, or NULL when there is no memory left. The
// store must be zeroed before its first use. Any thread.
void *rp_store_take(struct rp_store *store, size_t bytes, uint32_t *number);

// The piece of a number. The caller has got the number from whoever took it,
// by a release and an acquire.
void *rp_store_at(const struct rp_store *store, uint32_t number);

#endif
