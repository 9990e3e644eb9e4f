// slots_read.c - the slots of spans from a store.
//
// Pieces that were read lately are kept: spans are asked for in no order, and
// the changes of one stand in many pieces.
#include <string.h>

#include "viewer/base/bytes.h"
#include "viewer/index/slots.h"
#include "viewer/index/slots_format.h"

enum {
    KEPT = 4096,           // pieces, by a hash of their place
    WAYS = 8,              // of these, where one of a hash may stand
    KEPT_BYTES = 24 << 20, // of all of them; then all go
};

struct kept_piece {
    uint64_t place; // 0: none
    uint8_t *bytes;
    size_t count;
};

struct reading {
    struct slots_source source;
    struct store *store;
    struct replay *replay;
    struct pool *pool;
    struct kept_piece kept[KEPT];
    size_t kept_bytes;
    uint32_t which[SLOTS_MOST]; // slots that a part tells
    uint64_t free[SLOTS_MOST];  // whether these are free
    uint64_t numbers[SLOTS_MOST];
};

static void forget(struct slots_source *source) {
    struct reading *r = (struct reading *)source;
    for (int i = 0; i < KEPT; i++)
        if (r->kept[i].bytes)
            pool_give(r->pool, r->kept[i].bytes);
    memset(r->kept, 0, sizeof r->kept);
    r->kept_bytes = 0;
}

// Where the piece is kept, or is to be kept: each span asks for the same pieces
// again, so two that took turns in one place would be read for every span.
static struct kept_piece *place_of(struct reading *r, uint64_t place) {
    size_t hash = place * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    struct kept_piece *ways = &r->kept[hash % (KEPT / WAYS) * WAYS];
    for (int i = 0; i < WAYS; i++)
        if (ways[i].place == place || ways[i].place == 0)
            return &ways[i];
    return &ways[hash / (KEPT / WAYS) % WAYS];
}

static bool piece(struct reading *r, uint64_t saved, struct bytes *bytes) {
    uint64_t place = saved >> SLOTS_PLACE_SHIFT;
    size_t at = saved & ((1u << SLOTS_PLACE_SHIFT) - 1), count;
    struct kept_piece *kept = place_of(r, place);
    if (kept->place != place || place == 0) {
        if (!store_size(r->store, place, &count))
            return false;
        if (r->kept_bytes > KEPT_BYTES) {
            forget(&r->source);
            kept = place_of(r, place);
        }
        pool_give(r->pool, kept->bytes);
        r->kept_bytes -= kept->count;
        *kept = (struct kept_piece){0};
        kept->bytes = pool_get(r->pool, count + COLUMN_BEHIND);
        if (!store_get(r->store, place, kept->bytes, count, &count))
            return false;
        kept->count = count;
        kept->place = place;
        r->kept_bytes += count;
    }
    if (at >= kept->count)
        return false;
    *bytes = (struct bytes){kept->bytes + at, kept->bytes + kept->count};
    return true;
}

// ---- a part: all slots of a span, or those that have changed ----

// Which slots there are in it; how many. UINT32_MAX: that cannot be.
static uint32_t read_which(struct reading *r, struct bytes *bytes, bool all,
                           uint32_t touched) {
    uint64_t count = touched, slot = 0;
    if (!all && (!bytes_varint(bytes, &count) || count > touched ||
                 !column_take(bytes, r->numbers, (uint32_t)count)))
        return UINT32_MAX;
    for (uint32_t i = 0; i < count; i++) {
        slot = all                          ? i
               : r->numbers[i] > SLOTS_MOST ? touched
                                            : slot + r->numbers[i];
        if (slot >= touched)
            return UINT32_MAX;
        r->which[i] = (uint32_t)slot;
    }
    return (uint32_t)count;
}

// Which of them are free, and when the others were born; how many these are.
static bool read_births(struct reading *r, struct bytes *bytes,
                        struct slot *slots, uint32_t count, uint32_t *live) {
    uint64_t birth = 0;
    uint32_t free = 0;
    if (!column_take(bytes, r->free, count))
        return false;
    for (uint32_t i = 0; i < count; i++)
        free += r->free[i] != 0;
    if (!column_take(bytes, r->numbers, count - free))
        return false;
    *live = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct slot *slot = &slots[r->which[i]];
        *slot = (struct slot){.birth = SLOT_FREE};
        if (r->free[i])
            continue;
        birth = varint_after(birth, r->numbers[(*live)++]);
        slot->birth = birth;
    }
    return true;
}

// Of a list, or each as what differs from the one before.
static bool read_stacks(struct reading *r, struct bytes *bytes,
                        struct slot *slots, uint32_t count) {
    uint64_t list[SLOTS_STACKS_MOST], listed, stack = 0;
    if (!bytes_varint(bytes, &listed) || listed > SLOTS_STACKS_MOST)
        return false;
    if (listed == 0) {
        if (!column_take(bytes, r->numbers, count))
            return false;
        for (uint32_t i = 0; i < count; i++) {
            stack = varint_after(stack, r->numbers[i]);
            if (stack > UINT32_MAX)
                return false;
            slots[r->which[i]].stack = (uint32_t)stack;
        }
        return true;
    }
    if (!column_take(bytes, list, (uint32_t)listed) ||
        !column_take(bytes, r->numbers, count))
        return false;
    for (uint64_t i = 0; i < listed; i++) {
        stack = list[i] = varint_after(stack, list[i]);
        if (stack > UINT32_MAX)
            return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (r->numbers[i] >= listed)
            return false;
        slots[r->which[i]].stack = (uint32_t)list[r->numbers[i]];
    }
    return true;
}

static bool read_wanted(struct reading *r, struct bytes *bytes,
                        struct slot *slots, uint32_t count, uint32_t live) {
    uint64_t least;
    if (!bytes_varint(bytes, &least) || !column_take(bytes, r->numbers, live))
        return false;
    const uint64_t *wanted = r->numbers;
    for (uint32_t i = 0; i < count; i++)
        if (!r->free[i])
            slots[r->which[i]].wanted = (uint32_t)(least + *wanted++);
    return true;
}

static bool read_columns(struct reading *r, struct bytes *bytes,
                         struct slot *slots, uint32_t count) {
    uint32_t live;
    return read_births(r, bytes, slots, count, &live) &&
           read_stacks(r, bytes, slots, count) &&
           (live == 0 || read_wanted(r, bytes, slots, count, live));
}

// ---- a span ----

// Where the parts of a span stand: the newest comes first, that with all slots
// last. How many, and how many slots there are; 0: that cannot be. A piece may
// go when another is read: each part is found again when its turn comes.
static int find_parts(struct reading *r, const struct span *span,
                      uint64_t places[SLOTS_LINKS + 1], uint32_t *slots) {
    uint64_t place = span->saved, touched, most = span->blocks;
    struct bytes bytes;
    for (int i = 0; i <= SLOTS_LINKS; i++) {
        places[i] = place;
        if (!piece(r, place, &bytes) || !bytes_varint(&bytes, &touched) ||
            !bytes_varint(&bytes, &place) || touched == 0 || touched > most ||
            touched > SLOTS_MOST || place >= places[i])
            return 0;
        if (i == 0)
            *slots = (uint32_t)touched;
        if (place == 0)
            return i + 1;
        most = touched; // there were no more before
    }
    return 0;
}

static bool read_part(struct reading *r, uint64_t place, struct slot *slots,
                      uint32_t *told) {
    struct bytes bytes;
    uint64_t touched, before;
    if (!piece(r, place, &bytes) || !bytes_varint(&bytes, &touched) ||
        !bytes_varint(&bytes, &before))
        return false;
    if (before == 0) // all of them are told now
        *told = (uint32_t)touched;
    for (; *told < touched; ++*told)
        slots[*told] = (struct slot){.birth = SLOT_FREE, .stack = SLOT_NEVER};
    uint32_t count = read_which(r, &bytes, before == 0, (uint32_t)touched);
    return count != UINT32_MAX && read_columns(r, &bytes, slots, count);
}

// Whether the blocks are those that the span says it has.
static bool agree(const struct reading *r, const struct span *span,
                  const struct slot *slots, uint32_t count) {
    const struct stacks *stacks = &r->replay->metrics.stacks;
    uint64_t live = 0, used = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &slots[i];
        bool free = slot->birth == SLOT_FREE;
        if ((!free && slot->birth > r->replay->heap.time) ||
            (!(free && slot->stack == SLOT_NEVER) &&
             !stacks_has(stacks, slot->stack)))
            return false;
        live += !free;
        used += free ? 0 : slot->wanted;
    }
    // A large block asks for more than its slot can say.
    return live == span->live && (span->block_bytes == 0 || used == span->used);
}

static bool read_span(struct reading *r, struct span *span) {
    uint64_t places[SLOTS_LINKS + 1];
    uint32_t count = 0, told = 0;
    int parts = find_parts(r, span, places, &count);
    if (parts == 0)
        return false;
    struct slot *slots = pool_get(r->pool, count * sizeof *slots);
    bool whole = true;
    while (whole && parts-- > 0)
        whole = read_part(r, places[parts], slots, &told);
    if (!whole || !agree(r, span, slots, count)) {
        pool_give(r->pool, slots);
        return false;
    }
    span->slots = slots;
    span->slot_capacity = span->touched = count;
    return true;
}

static bool load(struct slots_source *source, struct span *span) {
    struct reading *r = (struct reading *)source;
    bool whole = read_span(r, span);
    r->replay->failed |= !whole;
    return whole;
}

struct slots_source *slots_reader(struct replay *replay, struct store *store) {
    struct pool *pool = replay->heap.spans.pool;
    struct reading *r = pool_zeroed(pool, 1, sizeof *r);
    r->source = (struct slots_source){.load = load, .forget = forget};
    r->store = store;
    r->replay = replay;
    r->pool = pool;
    return &r->source;
}
