// keyframes.c - moments of a recording from which it can go on.
#include "viewer/metric/keyframes.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "viewer/heap/save.h"

enum { PIECE_BYTES = 1 << 16, LEVEL = 1 };

void keyframes_start(struct keyframes *keyframes, struct pool *pool,
                     uint64_t distance) {
    uint64_t first = distance ? distance : KEYFRAMES_FIRST_DISTANCE;
    *keyframes =
        (struct keyframes){.pool = pool,
                           .distance = first,
                           .next = first,
                           .worth = distance ? UINT64_MAX : KEYFRAMES_WORTH};
}

static void drop(struct keyframes *keyframes, struct keyframe *keyframe) {
    keyframes->bytes -= keyframe->all_bytes;
    pool_give(keyframes->pool, keyframe->position);
    pool_give(keyframes->pool, keyframe->bytes);
}

void keyframes_free(struct keyframes *keyframes) {
    for (size_t i = 0; i < keyframes->count; i++)
        drop(keyframes, &keyframes->list[i]);
    ZSTD_freeCCtx(keyframes->packer);
    ZSTD_freeDCtx(keyframes->unpacker);
    *keyframes = (struct keyframes){0};
}

// ---- taking one ----

// A pack on its way into a keyframe.
struct packing {
    struct pool *pool;
    ZSTD_CCtx *zstd;
    uint8_t piece[PIECE_BYTES]; // not compressed yet
    size_t filled, raw;
    uint8_t *bytes;
    size_t stored, capacity;
    bool failed;
};

static void compress(struct packing *p, ZSTD_EndDirective how) {
    ZSTD_inBuffer in = {p->piece, p->filled, 0};
    size_t left = 1;
    while (!p->failed && (in.pos < in.size || (how == ZSTD_e_end && left))) {
        if (p->capacity - p->stored < PIECE_BYTES) {
            p->capacity += p->capacity / 2 + 2 * PIECE_BYTES;
            p->bytes = pool_resize(p->pool, p->bytes, p->capacity, 1);
        }
        ZSTD_outBuffer out = {p->bytes, p->capacity, p->stored};
        left = ZSTD_compressStream2(p->zstd, &out, &in, how);
        p->failed = ZSTD_isError(left);
        p->stored = out.pos;
    }
    p->filled = 0;
}

static void spill(void *context, const void *bytes, size_t count) {
    struct packing *p = context;
    p->raw += count;
    while (count > 0) {
        size_t some = sizeof p->piece - p->filled;
        some = some < count ? some : count;
        memcpy(p->piece + p->filled, bytes, some);
        p->filled += some;
        bytes = (const uint8_t *)bytes + some;
        count -= some;
        if (p->filled == sizeof p->piece)
            compress(p, ZSTD_e_continue);
    }
}

// False when it cannot be compressed.
static bool pack_replay(struct keyframes *keyframes, struct replay *replay,
                        struct keyframe *keyframe) {
    struct pool *pool = keyframes->pool;
    if (!keyframes->packer && !(keyframes->packer = ZSTD_createCCtx()))
        return false;
    ZSTD_CCtx_reset(keyframes->packer, ZSTD_reset_session_only);
    ZSTD_CCtx_setParameter(keyframes->packer, ZSTD_c_compressionLevel, LEVEL);
    struct packing *p = pool_get(pool, sizeof *p);
    memset(p, 0, sizeof *p);
    p->pool = pool;
    p->zstd = keyframes->packer;
    struct pack pack = {.spill = spill, .context = p};
    heap_save(&replay->heap, &pack);
    metrics_save(&replay->metrics, &pack);
    compress(p, ZSTD_e_end);
    bool whole = !p->failed;
    keyframe->raw_bytes = p->raw;
    keyframe->stored_bytes = p->stored;
    if (whole)
        keyframe->bytes = pool_resize(pool, p->bytes, p->stored, 1);
    else
        pool_give(pool, p->bytes);
    pool_give(pool, p);
    return whole;
}

// Every other one goes.
static void thin(struct keyframes *keyframes) {
    size_t kept = 0;
    for (size_t i = 0; i < keyframes->count; i++)
        if (i % 2 == 1)
            keyframes->list[kept++] = keyframes->list[i];
        else
            drop(keyframes, &keyframes->list[i]);
    keyframes->count = kept;
    keyframes->distance *= 2;
}

void keyframes_take(struct keyframes *keyframes, struct replay *replay,
                    struct trace_order *order, uint64_t budget) {
    const struct heap *heap = &replay->heap;
    if (!heap_at_rest(heap))
        return;
    replay_settle(replay);
    struct keyframe new = {.events = heap->events, .time = heap->time};
    if (!pack_replay(keyframes, replay, &new)) {
        keyframes->next = UINT64_MAX;
        return;
    }
    new.position = trace_order_position(order, keyframes->pool);
    new.all_bytes =
        new.stored_bytes + order->ring_count * sizeof *new.position->rings;
    keyframes->list[keyframes->count++] = new;
    keyframes->bytes += new.all_bytes;
    while (keyframes->bytes > budget || keyframes->count == KEYFRAMES_MOST)
        thin(keyframes);
    while (keyframes->distance < new.raw_bytes / keyframes->worth)
        keyframes->distance *= 2;
    keyframes->next =
        (heap->events / keyframes->distance + 1) * keyframes->distance;
}

// ---- going back to one ----

const struct keyframe *keyframes_before(const struct keyframes *keyframes,
                                        uint64_t events, uint64_t time) {
    const struct keyframe *last = NULL;
    for (size_t i = 0; i < keyframes->count; i++)
        if (keyframes->list[i].events <= events &&
            keyframes->list[i].time <= time)
            last = &keyframes->list[i];
    return last;
}

struct unpacking {
    ZSTD_DCtx *zstd;
    ZSTD_inBuffer in;
    uint8_t piece[PIECE_BYTES];
    size_t at, filled;
};

static bool fill(void *context, void *bytes, size_t count) {
    struct unpacking *u = context;
    while (count > 0) {
        if (u->at == u->filled) {
            ZSTD_outBuffer out = {u->piece, sizeof u->piece, 0};
            size_t left = ZSTD_decompressStream(u->zstd, &out, &u->in);
            if (ZSTD_isError(left) || out.pos == 0)
                return false;
            u->at = 0;
            u->filled = out.pos;
        }
        size_t some = u->filled - u->at < count ? u->filled - u->at : count;
        memcpy(bytes, u->piece + u->at, some);
        u->at += some;
        bytes = (uint8_t *)bytes + some;
        count -= some;
    }
    return true;
}

bool keyframes_return(struct keyframes *keyframes,
                      const struct keyframe *keyframe, struct replay *replay,
                      struct trace_order *order) {
    if (!keyframes->unpacker && !(keyframes->unpacker = ZSTD_createDCtx()))
        return false;
    ZSTD_DCtx_reset(keyframes->unpacker, ZSTD_reset_session_only);
    struct unpacking u = {.zstd = keyframes->unpacker,
                          .in = {keyframe->bytes, keyframe->stored_bytes, 0}};
    struct pack pack = {
        .fill = fill, .left = keyframe->raw_bytes, .context = &u};
    trace_order_return(order, keyframe->position);
    return heap_restore(&replay->heap, &pack) &&
           metrics_restore(&replay->metrics, &pack) && pack.left == 0;
}
