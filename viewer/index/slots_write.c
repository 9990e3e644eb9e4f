// slots_write.c - the slots of spans into a store.
//
// A span is: how many slots it has, where the rest stands (0: nowhere, for all
// of them are here), and then, one column behind the other (column.h): which
// slots, if not all, as gaps; whether they are free; the births of live blocks,
// as what differs from the one before; the stacks, likewise, or a list of them
// and for each slot which one it is; and what live blocks asked for, beyond the
// least of them.
#include <string.h>

#include "viewer/base/varint.h"
#include "viewer/index/slots.h"
#include "viewer/index/slots_format.h"
#include "viewer/metric/free_pages.h"

enum {
    SPANS_OF_PIECE = 2048,
    CHANGED_PART = 3, // of the slots: when more have changed, all are written
};

struct writing {
    struct replay *replay;
    struct store *store;
    uint8_t *bytes;
    size_t filled;
    struct { // of the piece
        struct span *span;
        size_t at;
    } spans[SPANS_OF_PIECE];
    size_t span_count;
    uint32_t *blocks;  // by stack, as it stands in stacks.h; 0 between spans
    uint32_t *stacks;  // that are in the span at hand
    uint32_t *changed; // its slots that have changed
    uint64_t *numbers; // of a column
    uint64_t raw;
    bool failed;
};

static void end_piece(struct writing *w) {
    if (w->span_count == 0 || w->failed)
        return;
    uint64_t place = store_put(w->store, w->bytes, w->filled);
    w->failed = place == 0;
    for (size_t i = 0; !w->failed && i < w->span_count; i++) {
        struct span *span = w->spans[i].span;
        span->saved = place << SLOTS_PLACE_SHIFT | w->spans[i].at;
        span->written_at = span->saved;
    }
    w->raw += w->filled;
    w->span_count = w->filled = 0;
}

static void count_shares(struct writing *w, struct span *span) {
    const struct stacks *stacks = &w->replay->metrics.stacks;
    uint32_t count = 0;
    for (uint32_t i = 0; i < span->touched; i++) {
        if (span->slots[i].birth == SLOT_FREE)
            continue;
        uint32_t stack = stacks_find(stacks, span->slots[i].stack);
        if (w->blocks[stack]++ == 0)
            w->stacks[count++] = stack;
    }
    if (count > span->share_count)
        span->shares = pool_resize(w->replay->heap.spans.pool, span->shares,
                                   count, sizeof *span->shares);
    span->share_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t stack = w->stacks[i];
        span->shares[i] =
            (struct span_share){stacks->list[stack].node, w->blocks[stack]};
        w->blocks[stack] = 0;
    }
}

// ---- what has changed ----

static uint64_t sum_of(const struct slot *slot) {
    uint64_t sum = slot->birth * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t wanted = slot->birth == SLOT_FREE ? 0 : slot->wanted;
    sum ^= sum >> 32;
    sum = (sum ^ (wanted << 32 | slot->stack)) * UINT64_C(0xd6e8feb86659fd93);
    return sum ^ sum >> 32;
}

// Lists the slots that are not as they were written last, and notes how they
// are now.
static uint32_t find_changed(struct writing *w, struct span *span) {
    uint32_t count = 0, known = span->written_at ? span->written_count : 0;
    if (span->touched > span->written_capacity) {
        span->written_capacity = span->slot_capacity;
        span->written = pool_resize(w->replay->heap.spans.pool, span->written,
                                    span->slot_capacity, sizeof *span->written);
    }
    for (uint32_t i = 0; i < span->touched; i++) {
        uint64_t sum = sum_of(&span->slots[i]);
        if (i < known && span->written[i] == sum)
            continue;
        span->written[i] = sum;
        w->changed[count++] = i;
    }
    span->written_count = span->touched;
    return count;
}

// ---- writing ----

// Lists the stacks of the slots, if they are few, and which one is whose in
// w->numbers. How many; 0: that is not worth it.
static uint32_t list_stacks(struct writing *w, const struct span *span,
                            const uint32_t *which, uint32_t count) {
    uint32_t found = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t stack = span->slots[which[i]].stack, at = 0;
        while (at < found && w->stacks[at] != stack)
            at++;
        if (at == found) {
            if (count < SLOTS_STACKS_LEAST || found == SLOTS_STACKS_MOST)
                return 0;
            w->stacks[found++] = stack;
        }
        w->numbers[i] = at;
    }
    return found;
}

static uint8_t *put_stacks(struct writing *w, uint8_t *at,
                           const struct span *span, const uint32_t *which,
                           uint32_t count) {
    uint64_t list[SLOTS_STACKS_MOST], before = 0;
    uint32_t listed = list_stacks(w, span, which, count);
    at = varint_put(at, listed);
    for (uint32_t i = 0; i < listed; i++) {
        list[i] = varint_from(before, w->stacks[i]);
        before = w->stacks[i];
    }
    if (listed > 0)
        return column_put(column_put(at, list, listed), w->numbers, count);
    for (uint32_t i = 0; i < count; i++) {
        w->numbers[i] = varint_from(before, span->slots[which[i]].stack);
        before = span->slots[which[i]].stack;
    }
    return column_put(at, w->numbers, count);
}

static uint8_t *put_columns(struct writing *w, uint8_t *at,
                            const struct span *span, const uint32_t *which,
                            uint32_t count) {
    uint64_t birth = 0, least = UINT32_MAX;
    uint32_t live = 0;
    for (uint32_t i = 0; i < count; i++)
        w->numbers[i] = span->slots[which[i]].birth == SLOT_FREE;
    at = column_put(at, w->numbers, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &span->slots[which[i]];
        if (slot->birth == SLOT_FREE)
            continue;
        w->numbers[live++] = varint_from(birth, slot->birth);
        birth = slot->birth;
        least = slot->wanted < least ? slot->wanted : least;
    }
    at = column_put(at, w->numbers, live);
    at = put_stacks(w, at, span, which, count);
    if (live == 0)
        return at;
    live = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct slot *slot = &span->slots[which[i]];
        if (slot->birth != SLOT_FREE)
            w->numbers[live++] = slot->wanted - least;
    }
    return column_put(varint_put(at, least), w->numbers, live);
}

static uint8_t *put_slots(struct writing *w, uint8_t *at, struct span *span) {
    uint32_t count = find_changed(w, span);
    bool all = span->written_at == 0 || span->written_links == SLOTS_LINKS ||
               count > span->touched / CHANGED_PART;
    at = varint_put(at, span->touched);
    at = varint_put(at, all ? 0 : span->written_at);
    span->written_links = all ? 0 : span->written_links + 1;
    if (all) {
        for (uint32_t i = 0; i < span->touched; i++)
            w->changed[i] = i;
        return put_columns(w, at, span, w->changed, span->touched);
    }
    at = varint_put(at, count);
    uint32_t before = 0;
    for (uint32_t i = 0; i < count; i++) {
        w->numbers[i] = w->changed[i] - before;
        before = w->changed[i];
    }
    at = column_put(at, w->numbers, count);
    return put_columns(w, at, span, w->changed, count);
}

static void write_span(struct span *span, void *context) {
    struct writing *w = context;
    if (span->place != SPAN_IN_HEAP || span->saved || span->touched == 0 ||
        w->failed)
        return;
    w->failed = span->touched > SLOTS_MOST;
    if (w->failed)
        return;
    count_shares(w, span);
    span->free_pages = free_pages_of(&w->replay->heap, span);
    w->spans[w->span_count].span = span;
    w->spans[w->span_count++].at = w->filled;
    w->filled = (size_t)(put_slots(w, w->bytes + w->filled, span) - w->bytes);
    if (w->filled >= SLOTS_PIECE || w->span_count == SPANS_OF_PIECE)
        end_piece(w);
}

bool slots_write(struct replay *replay, struct store *store, uint64_t *raw) {
    struct pool *pool = replay->heap.spans.pool;
    size_t stacks = replay->metrics.stacks.count;
    struct writing *w = pool_zeroed(pool, 1, sizeof *w);
    w->replay = replay;
    w->store = store;
    w->bytes = pool_get(pool, STORE_MOST);
    w->blocks = pool_zeroed(pool, stacks, sizeof *w->blocks);
    w->stacks = pool_get(pool, SLOTS_MOST * sizeof *w->stacks);
    w->changed = pool_get(pool, SLOTS_MOST * sizeof *w->changed);
    w->numbers = pool_get(pool, SLOTS_MOST * sizeof *w->numbers);
    spans_each(&replay->heap.spans, write_span, w);
    end_piece(w);
    bool written = !w->failed;
    *raw = w->raw;
    pool_give(pool, w->bytes);
    pool_give(pool, w->blocks);
    pool_give(pool, w->stacks);
    pool_give(pool, w->changed);
    pool_give(pool, w->numbers);
    pool_give(pool, w);
    return written;
}
