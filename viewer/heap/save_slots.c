// save_slots.c - the slots of a span in few bytes: each as what differs from
// the one before it.
//
// Three columns, one behind the other, as that is what compresses well: births
// (0 is free), stacks, and what live blocks asked for.
#include "viewer/heap/save_slots.h"

#include "viewer/base/bytes.h"

enum { MOST_BYTES = 10 }; // of a number

static uint64_t zigzag(uint64_t now, uint64_t before) {
    uint64_t difference = now - before;
    return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static uint64_t unzigzag(uint64_t number, uint64_t before) {
    return before + (number >> 1 ^ (0 - (number & 1)));
}

static uint8_t *put(uint8_t *at, uint64_t number) {
    for (; number >= 0x80; number >>= 7)
        *at++ = (uint8_t)(number | 0x80);
    *at++ = (uint8_t)number;
    return at;
}

void save_slots(const struct span *span, struct pool *pool, struct pack *pack) {
    uint8_t *bytes = pool_get(pool, (size_t)span->touched * 3 * MOST_BYTES);
    uint8_t *at = bytes;
    uint64_t birth = 0, stack = 0, wanted = 0;
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        bool live = slot->birth != SLOT_FREE;
        at = put(at, live ? zigzag(slot->birth, birth) + 1 : 0);
        birth = live ? slot->birth : birth;
    }
    for (uint32_t i = 0; i < span->touched; i++) {
        at = put(at, zigzag(span->slots[i].stack, stack));
        stack = span->slots[i].stack;
    }
    for (uint32_t i = 0; i < span->touched; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        at = put(at, zigzag(span->slots[i].wanted, wanted));
        wanted = span->slots[i].wanted;
    }
    pack_put_array(pack, bytes, (size_t)(at - bytes), 1);
    pool_give(pool, bytes);
}

static bool read(struct span *span, struct bytes bytes) {
    uint64_t number, birth = 0, stack = 0, wanted = 0;
    for (uint32_t i = 0; i < span->touched; i++) {
        if (!bytes_varint(&bytes, &number))
            return false;
        birth = number > 0 ? unzigzag(number - 1, birth) : birth;
        span->slots[i] = (struct slot){.birth = number > 0 ? birth : SLOT_FREE};
    }
    for (uint32_t i = 0; i < span->touched; i++) {
        if (!bytes_varint(&bytes, &number))
            return false;
        stack = unzigzag(number, stack);
        span->slots[i].stack = (uint32_t)stack;
    }
    for (uint32_t i = 0; i < span->touched; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        if (!bytes_varint(&bytes, &number))
            return false;
        wanted = unzigzag(number, wanted);
        span->slots[i].wanted = (uint32_t)wanted;
    }
    return bytes_left(&bytes) == 0;
}

bool restore_slots(struct span *span, struct pool *pool, struct pack *pack) {
    uint8_t *bytes = NULL;
    size_t count;
    span->slots = pool_get(pool, span->touched * sizeof *span->slots);
    bool whole = pack_take_array(pack, pool, (void **)&bytes, &count, 1) &&
                 read(span, (struct bytes){bytes, bytes + count});
    pool_give(pool, bytes);
    return whole;
}
