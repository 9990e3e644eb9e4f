// frame.c - a long run of bytes in a store, of which only what has changed is
// written.
#include "viewer/index/frame.h"

#include <string.h>

enum { KEY_SHIFT = 16 }; // pieces of a section

// ---- what is known ----

static void mix(uint64_t hash[2], uint64_t value) {
    hash[0] = (hash[0] ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    hash[0] ^= hash[0] >> 32;
    hash[1] = (hash[1] + value) * UINT64_C(0xd6e8feb86659fd93);
    hash[1] ^= hash[1] >> 29;
}

static void hash_bytes(const uint8_t *bytes, size_t count, uint64_t hash[2]) {
    uint64_t word = 0;
    hash[0] = hash[1] = count;
    for (; count >= sizeof word; count -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        mix(hash, word);
    }
    word = 0;
    memcpy(&word, bytes, count);
    mix(hash, word);
}

static struct frame_known *place_of(struct frame_known *known, size_t capacity,
                                    uint64_t key) {
    size_t at = key * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (capacity - 1);
    while (known[at].key && known[at].key != key)
        at = (at + 1) & (capacity - 1);
    return &known[at];
}

static struct frame_known *known_of(struct frame_writer *w, uint64_t key) {
    struct pool *pool = w->store->pool;
    if (w->known_count * 2 >= w->known_capacity) {
        size_t capacity = w->known_capacity ? w->known_capacity * 2 : 256;
        struct frame_known *more = pool_zeroed(pool, capacity, sizeof *more);
        for (size_t i = 0; i < w->known_capacity; i++)
            if (w->known[i].key)
                *place_of(more, capacity, w->known[i].key) = w->known[i];
        pool_give(pool, w->known);
        w->known = more;
        w->known_capacity = capacity;
    }
    struct frame_known *known = place_of(w->known, w->known_capacity, key);
    w->known_count += known->key == 0;
    known->key = key;
    return known;
}

// ---- writing ----

static void end_piece(struct frame_writer *w) {
    if (w->filled == 0 || w->failed)
        return;
    uint64_t hash[2];
    struct frame_known *known = known_of(w, w->key++);
    hash_bytes(w->bytes, w->filled, hash);
    if (known->place == 0 || known->bytes != w->filled ||
        memcmp(known->hash, hash, sizeof hash) != 0) {
        known->place = store_put(w->store, w->bytes, w->filled);
        known->bytes = (uint32_t)w->filled;
        memcpy(known->hash, hash, sizeof hash);
        w->new_raw += w->filled;
    }
    w->failed = known->place == 0 || w->piece_count == FRAME_PIECES_MOST;
    if (w->failed)
        return;
    w->pieces = pool_grow(w->store->pool, w->pieces, w->piece_count,
                          &w->piece_capacity, sizeof *w->pieces);
    w->pieces[w->piece_count++] =
        (struct frame_piece){known->place, known->bytes};
    w->filled = 0;
}

static void spill(void *context, const void *bytes, size_t count) {
    struct frame_writer *w = context;
    w->raw += count;
    while (count > 0 && !w->failed) {
        size_t some = FRAME_PIECE - w->filled;
        some = some < count ? some : count;
        memcpy(w->bytes + w->filled, bytes, some);
        w->filled += some;
        bytes = (const uint8_t *)bytes + some;
        count -= some;
        if (w->filled == FRAME_PIECE)
            end_piece(w);
    }
}

static void section(void *context, uint32_t number) {
    struct frame_writer *w = context;
    end_piece(w);
    w->key = ((uint64_t)number + 1) << KEY_SHIFT;
}

void frame_start(struct frame_writer *w, struct store *store) {
    *w = (struct frame_writer){
        .pack = {.spill = spill, .section = section, .context = w},
        .store = store,
        .bytes = pool_get(store->pool, FRAME_PIECE)};
}

void frame_free(struct frame_writer *w) {
    if (!w->store)
        return;
    pool_give(w->store->pool, w->known);
    pool_give(w->store->pool, w->pieces);
    pool_give(w->store->pool, w->bytes);
    *w = (struct frame_writer){.store = NULL};
}

void frame_begin(struct frame_writer *w) {
    w->piece_count = w->filled = 0;
    w->raw = w->new_raw = 0;
    w->failed = false;
    section(w, 0);
}

bool frame_end(struct frame_writer *w) {
    end_piece(w);
    return !w->failed;
}

// ---- reading ----

static bool fill(void *context, void *bytes, size_t count) {
    struct frame_reader *r = context;
    while (count > 0) {
        if (r->at == r->filled) {
            r->at = r->filled = 0;
            if (r->next == r->piece_count ||
                !store_get(r->store, r->pieces[r->next].place, r->bytes,
                           FRAME_PIECE, &r->filled) ||
                r->filled != r->pieces[r->next].bytes || r->filled == 0)
                return false;
            r->next++;
        }
        size_t some = r->filled - r->at < count ? r->filled - r->at : count;
        memcpy(bytes, r->bytes + r->at, some);
        r->at += some;
        bytes = (uint8_t *)bytes + some;
        count -= some;
    }
    return true;
}

void frame_open(struct frame_reader *r, struct store *store, struct pool *pool,
                const struct frame_piece *pieces, size_t piece_count) {
    *r = (struct frame_reader){.store = store,
                               .pieces = pieces,
                               .piece_count = piece_count,
                               .bytes = pool_get(pool, FRAME_PIECE)};
    r->pack = (struct pack){.fill = fill, .context = r};
    for (size_t i = 0; i < piece_count; i++)
        r->pack.left += pieces[i].bytes;
}

void frame_close(struct frame_reader *r, struct pool *pool) {
    pool_give(pool, r->bytes);
    r->bytes = NULL;
}
