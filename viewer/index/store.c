// store.c - pieces of bytes, each compressed, found again by their place.
#include "viewer/index/store.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "viewer/base/crc32c.h"

enum {
    LEVEL = 1,
    WORTH_PART = 4,  // of a piece: what compressing it saves at the least
    CHUNK = 1 << 16, // bytes of memory asked for at a time
    PACKED_MOST = ZSTD_COMPRESSBOUND(STORE_MOST),
};

// What stands before the bytes of a piece.
struct piece {
    uint32_t crc; // of the rest of this, and of the bytes as they are stored
    uint32_t stored, raw; // the same: it is not compressed
};

void store_start(struct store *store, struct pool *pool,
                 const struct store_file *file) {
    *store = (struct store){.pool = pool, .fd = file->fd, .size = file->size};
    store->file_end = file->fd >= 0 && !file->full ? UINT64_MAX : file->size;
    store->unpacked = pool_get(pool, sizeof(struct piece) + PACKED_MOST);
    pthread_mutex_init(&store->lock, NULL);
}

void store_free(struct store *store) {
    if (store->size == 0)
        return; // was not started
    if (store->fd >= 0)
        close(store->fd);
    for (size_t i = 0; i < store->chunk_count; i++)
        pool_give(store->pool, store->chunks[i]);
    pool_give(store->pool, store->chunks);
    pool_give(store->pool, store->packed);
    pool_give(store->pool, store->unpacked);
    ZSTD_freeCCtx(store->packer);
    ZSTD_freeDCtx(store->unpacker);
    pthread_mutex_destroy(&store->lock);
    *store = (struct store){.fd = -1};
}

static uint32_t checksum(const uint8_t *packed, size_t stored) {
    size_t skip = sizeof(uint32_t);
    return crc32c(packed + skip, sizeof(struct piece) - skip + stored);
}

// ---- putting ----

static bool write_file(struct store *store, const uint8_t *bytes,
                       size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t some = pwrite(store->fd, bytes + done, count - done,
                              (off_t)(store->size + done));
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0) {
            store->error = some < 0 ? errno : ENOSPC;
            return false;
        }
        done += (size_t)some;
    }
    return true;
}

// Memory for so many bytes behind the size. Whoever reads meanwhile finds the
// list as it was, or as it is.
static void make_room(struct store *store, size_t count) {
    uint64_t end = store->size + count - store->file_end;
    while (store->chunk_count * (uint64_t)CHUNK < end) {
        uint8_t *chunk = pool_get(store->pool, CHUNK);
        uint8_t **list = store->chunks, **old = NULL;
        size_t capacity = store->chunk_capacity;
        if (store->chunk_count == capacity) {
            capacity = capacity * 2 + 16;
            old = list;
            list = pool_get(store->pool, capacity * sizeof *list);
            if (old)
                memcpy(list, old, store->chunk_count * sizeof *list);
        }
        pthread_mutex_lock(&store->lock);
        store->chunks = list;
        store->chunk_capacity = capacity;
        store->chunks[store->chunk_count++] = chunk;
        pthread_mutex_unlock(&store->lock);
        pool_give(store->pool, old);
    }
}

// Copies to memory, or from it; `place` is within what there is.
static void copy(const struct store *store, uint64_t place, void *bytes,
                 size_t count, bool to_memory) {
    uint64_t at = place - store->file_end;
    while (count > 0) {
        uint8_t *chunk = store->chunks[at / CHUNK] + at % CHUNK;
        size_t some = CHUNK - at % CHUNK;
        some = some < count ? some : count;
        if (to_memory)
            memcpy(chunk, bytes, some);
        else
            memcpy(bytes, chunk, some);
        bytes = (uint8_t *)bytes + some;
        at += some;
        count -= some;
    }
}

// Compresses into store->packed; how much that is, 0: it cannot be.
static size_t compress(struct store *store, const void *bytes, size_t count) {
    if (!store->packed)
        store->packed =
            pool_get(store->pool, sizeof(struct piece) + PACKED_MOST);
    if (!store->packer && !(store->packer = ZSTD_createCCtx()))
        return 0;
    uint8_t *to = store->packed + sizeof(struct piece);
    size_t stored = count;
    if (!store->plain)
        stored = ZSTD_compressCCtx(store->packer, to, PACKED_MOST, bytes, count,
                                   LEVEL);
    if (ZSTD_isError(stored) || stored > count - count / WORTH_PART) {
        stored = count;
        memcpy(to, bytes, count);
    }
    struct piece piece = {.stored = (uint32_t)stored, .raw = (uint32_t)count};
    memcpy(store->packed, &piece, sizeof piece);
    piece.crc = checksum(store->packed, stored);
    memcpy(store->packed, &piece.crc, sizeof piece.crc);
    return sizeof piece + stored;
}

uint64_t store_put(struct store *store, const void *bytes, size_t count) {
    size_t all = count <= STORE_MOST ? compress(store, bytes, count) : 0;
    uint64_t place = store->size;
    if (all == 0)
        return 0;
    if (store->file_end == UINT64_MAX && !write_file(store, store->packed, all))
        store->file_end = place; // from here on in memory
    if (store->file_end != UINT64_MAX) {
        make_room(store, all);
        copy(store, place, store->packed, all, true);
    }
    pthread_mutex_lock(&store->lock);
    store->size += all;
    pthread_mutex_unlock(&store->lock);
    return place;
}

void store_cut(struct store *store, uint64_t place) {
    pthread_mutex_lock(&store->lock);
    store->size = place;
    if (store->file_end == UINT64_MAX) {
        if (store->fd >= 0 && ftruncate(store->fd, (off_t)place) != 0)
            store->error = errno;
    } else if (store->file_end > place) {
        store->file_end = place; // what comes is kept in memory still
    }
    pthread_mutex_unlock(&store->lock);
}

// ---- getting ----

static bool read_file(const struct store *store, uint64_t place, void *bytes,
                      size_t count) {
    for (size_t done = 0; done < count;) {
        ssize_t some = pread(store->fd, (uint8_t *)bytes + done, count - done,
                             (off_t)(place + done));
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        done += (size_t)some;
    }
    return true;
}

static bool fetch(const struct store *store, uint64_t place, void *bytes,
                  size_t count) {
    if (place < STORE_FIRST || place >= store->size ||
        count > store->size - place)
        return false;
    if (place < store->file_end)
        return count <= store->file_end - place &&
               read_file(store, place, bytes, count);
    copy(store, place, bytes, count, false);
    return true;
}

static bool get(struct store *store, uint64_t place, void *bytes,
                size_t capacity, size_t *count) {
    struct piece piece;
    if (!fetch(store, place, &piece, sizeof piece) ||
        piece.stored > PACKED_MOST || piece.raw > capacity)
        return false;
    memcpy(store->unpacked, &piece, sizeof piece);
    if (!fetch(store, place + sizeof piece, store->unpacked + sizeof piece,
               piece.stored) ||
        checksum(store->unpacked, piece.stored) != piece.crc)
        return false;
    *count = piece.raw;
    if (piece.stored == piece.raw) {
        memcpy(bytes, store->unpacked + sizeof piece, piece.raw);
        return true;
    }
    if (!store->unpacker && !(store->unpacker = ZSTD_createDCtx()))
        return false;
    size_t raw =
        ZSTD_decompressDCtx(store->unpacker, bytes, piece.raw,
                            store->unpacked + sizeof piece, piece.stored);
    return !ZSTD_isError(raw) && raw == piece.raw;
}

bool store_size(struct store *store, uint64_t place, size_t *count) {
    struct piece piece;
    pthread_mutex_lock(&store->lock);
    bool whole = fetch(store, place, &piece, sizeof piece);
    pthread_mutex_unlock(&store->lock);
    *count = whole ? piece.raw : 0;
    return whole && piece.raw <= STORE_MOST;
}

bool store_get(struct store *store, uint64_t place, void *bytes,
               size_t capacity, size_t *count) {
    pthread_mutex_lock(&store->lock);
    bool whole = get(store, place, bytes, capacity, count);
    pthread_mutex_unlock(&store->lock);
    return whole;
}

uint64_t store_memory(const struct store *store) {
    return store->file_end == UINT64_MAX ? 0 : store->size - store->file_end;
}
