// store.h - pieces of bytes, each compressed, found again by their place: in a
// file, or in memory where there is none.
//
// Pieces are put one behind the other and never change. When the file takes no
// more, all that comes is kept in memory, and what was written can be read on.
// Nothing that is read is believed: a piece has a checksum, and lies within
// what is there.
//
// Thread-safe: a piece may be read while another is put.
#ifndef RPSCOPE_INDEX_STORE_H
#define RPSCOPE_INDEX_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "viewer/base/pool.h"

enum {
    STORE_MOST = 192 << 10, // bytes of a piece
    STORE_FIRST = 1 << 9,   // where pieces begin in a file; place 0 is none
};

struct store {
    struct pool *pool;
    int fd;            // -1: in memory
    bool plain;        // pieces are not compressed: for who looks at them
    int error;         // errno of what the file did not take; 0: it took all
    uint64_t size;     // where the next piece goes
    uint64_t file_end; // pieces from here on are in memory
    uint8_t **chunks;  // of memory
    size_t chunk_count, chunk_capacity;
    uint8_t *packed, *unpacked; // a piece each, of who puts and of who gets
    void *packer, *unpacker;    // of zstd
    pthread_mutex_t lock;
};

// What pieces are kept in: the file, behind `size` bytes of it, or memory.
struct store_file {
    int fd;        // the store's from now on; -1: memory
    uint64_t size; // at least STORE_FIRST
    bool full;     // it is only read: what comes is kept in memory
};
void store_start(struct store *store, struct pool *pool,
                 const struct store_file *file);
void store_free(struct store *store);

// The place of the piece; 0: there was no room for it. By one thread.
uint64_t store_put(struct store *store, const void *bytes, size_t count);

// How many bytes the piece has. False: there is none that can be.
bool store_size(struct store *store, uint64_t place, size_t *count);

// What was put at this place and behind it is gone. By the same thread, while
// nobody reads it.
void store_cut(struct store *store, uint64_t place);

// Reads a piece of at most `capacity` bytes. False: there is none that is
// whole.
bool store_get(struct store *store, uint64_t place, void *bytes,
               size_t capacity, size_t *count);

// Bytes that are in memory for want of a file.
uint64_t store_memory(const struct store *store);

#endif
