// huge_kept.c - fulfils huge_kept.h.
#include "core/memory/huge_kept.h"

#include "core/base/bits.h"
#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/memory/page_map.h"
#include "core/memory/span_size.h"

enum {
    KEPT_MOST = 32,       // pieces
    CUT_LEAST = 256 << 10 // a smaller rest stays with its block
};

static _Atomic(struct segment *) kept[KEPT_MOST];

// A statistic, and a measure. relaxed everywhere: it orders nothing.
static _Atomic(size_t) kept_bytes;

size_t rp_huge_kept_bytes(void) {
    return load_relaxed(&kept_bytes);
}

void rp_huge_kept_reset(void) {
    // relaxed, both: the caller is alone.
    for (unsigned i = 0; i < KEPT_MOST; ++i)
        store_relaxed(&kept[i], NULL);
    store_relaxed(&kept_bytes, 0);
}

// Nobody looks for a header there any more, before the memory is another's.
// Returns it.
static void *header_forget(struct segment *slot) {
    void *header = NULL;

    if (segment_first(slot) != NULL) {
        header = page_map_get(segment_first(slot));
        rp_page_map_clear(segment_first(slot), 1);
    }
    store_relaxed(&slot->first_span, NULL); // relaxed: as its reading
    return header;
}

void rp_huge_kept_unmap(struct segment *slot) {
    void *memory = slot->memory;
    size_t bytes = slot->bytes;

    header_forget(slot);
    rp_memory_unmap(memory, bytes);
    rp_segment_table_give(slot);
}

int rp_huge_kept_resize(struct segment *slot, size_t bytes) {
    char *block = segment_first(slot);
    void *header = header_forget(slot);
    void *memory =
        rp_memory_resize(slot->memory, slot->bytes, bytes, SPAN_BYTES);

    if (memory == NULL) {
        if (header != NULL)
            rp_page_map_set(block, header, NULL);
        store_relaxed(&slot->first_span, block); // relaxed: as its reading
        return 0;
    }
    slot->memory = memory;
    slot->bytes = bytes;
    return 1;
}

static void begin_to_wait(struct segment *slot) {
    store_relaxed(&slot->dirty, 1); // relaxed: the mark of huge_kept_is
    rp_on_bookkeeping_map(slot->memory, slot->bytes);
}

static void end_to_wait(struct segment *slot) {
    rp_on_bookkeeping_unmap(slot->memory, slot->bytes);
    store_relaxed(&slot->dirty, 0); // relaxed: the mark of huge_kept_is
}

// Puts a slot into an empty place; 0: there is none.
static int place_fill(struct segment *slot) {
    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        struct segment *none = NULL;
        // release [kept]: the slot's fields, and the memory's last use.
        if (load_relaxed(&kept[i]) == NULL && // relaxed: the exchange decides
            cas_strong_acq_rel(&kept[i], &none, slot))
            return 1;
    }
    return 0;
}

// Takes what is at a place out, or NULL.
static struct segment *place_empty(unsigned place) {
    // relaxed: a look before the exchange, which decides.
    if (load_relaxed(&kept[place]) == NULL)
        return NULL;
    // acquire [kept]: the slot's fields, and the memory's last use.
    return swap_acq_rel(&kept[place], NULL);
}

// A slot that was taken out is kept no more.
static void leave(struct segment *slot) {
    sub_relaxed(&kept_bytes, slot->bytes);
    end_to_wait(slot);
}

// Back to where it was taken out; or, when others have filled all places, to
// the system.
static void put_back(struct segment *slot) {
    if (place_fill(slot))
        return;
    leave(slot);
    rp_huge_kept_unmap(slot);
}

static char *end_of(const struct segment *slot) {
    return (char *)slot->memory + slot->bytes;
}

// Makes the slot's memory one with its neighbours that wait; their bytes stay
// counted.
static void join_neighbours(struct segment *slot) {
    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        struct segment *other = place_empty(i);
        if (other == NULL)
            continue;
        int is_before = end_of(other) == (char *)slot->memory;
        if (!is_before && end_of(slot) != (char *)other->memory) {
            put_back(other);
            continue;
        }
        end_to_wait(other);
        header_forget(other);
        header_forget(slot);
        if (is_before)
            slot->memory = other->memory;
        slot->bytes += other->bytes;
        rp_segment_table_give(other);
    }
}

// The same as rp_huge_kept_give, for bytes that are counted already.
static int wait_for_next(struct segment *slot) {
    if (rp_memory_is_divisible())
        join_neighbours(slot);
    begin_to_wait(slot);
    if (place_fill(slot))
        return 1;
    leave(slot);
    return 0;
}

void rp_huge_kept_cut(struct segment *slot, size_t bytes) {
    size_t rest = slot->bytes - bytes;

    if (rest < CUT_LEAST || !rp_memory_is_divisible())
        return;
    struct segment *other = rp_segment_table_take();
    if (other == NULL)
        return;
    other->memory = (char *)slot->memory + bytes;
    other->bytes = rest;
    store_relaxed(&other->first_span, NULL); // relaxed: there is no block
    slot->bytes = bytes;
    add_relaxed(&kept_bytes, rest);
    if (!wait_for_next(other))
        rp_huge_kept_unmap(other);
}

// Whether `a` is the better one for `bytes` bytes: the least that is enough, or
// else the largest.
static int is_better(const struct segment *a, const struct segment *b,
                     size_t bytes) {
    if (b == NULL || (a->bytes >= bytes) != (b->bytes >= bytes))
        return b == NULL || a->bytes >= bytes;
    return (a->bytes < b->bytes) == (a->bytes >= bytes);
}

static struct segment *take_best(size_t bytes) {
    struct segment *best = NULL;

    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        struct segment *slot = place_empty(i);
        if (slot == NULL)
            continue;
        struct segment *other = slot;
        if (is_better(slot, best, bytes)) {
            other = best;
            best = slot;
        }
        if (other != NULL)
            put_back(other);
    }
    return best;
}

// Whether so much is not much more than was asked for.
static int fits(const struct segment *slot, size_t bytes) {
    return slot->bytes >= bytes && slot->bytes - bytes <= bytes / 4;
}

struct segment *rp_huge_kept_take(size_t bytes) {
    struct segment *slot = take_best(bytes);

    if (slot == NULL)
        return NULL;
    if (slot->bytes < bytes ||
        (!fits(slot, bytes) && !rp_memory_is_divisible())) {
        put_back(slot);
        return NULL;
    }
    leave(slot);
    rp_huge_kept_cut(slot, bytes);
    return slot;
}

// Unmaps the last `bytes` bytes of a slot, or all of it.
static void shorten(struct segment *slot, size_t bytes) {
    leave(slot);
    if (bytes < slot->bytes && rp_memory_is_divisible() &&
        rp_huge_kept_resize(slot, slot->bytes - bytes)) {
        add_relaxed(&kept_bytes, slot->bytes);
        if (wait_for_next(slot))
            return;
    }
    rp_huge_kept_unmap(slot);
}

// The smallest first: who needs much is served by the largest alone.
void rp_huge_kept_trim(size_t keep) {
    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        size_t now = rp_huge_kept_bytes();
        struct segment *slot = now > keep ? take_best(0) : NULL;
        if (slot == NULL)
            return;
        shorten(slot, round_up(now - keep, (size_t)SPAN_BYTES));
    }
}

int rp_huge_kept_give(struct segment *slot, size_t most) {
    size_t bytes = slot->bytes;

    if (bytes > most)
        return 0;
    // The sum first: many who come at once keep no more than that.
    add_relaxed(&kept_bytes, bytes);
    rp_huge_kept_trim(most);
    if (rp_huge_kept_bytes() <= most)
        return wait_for_next(slot);
    sub_relaxed(&kept_bytes, bytes);
    return 0;
}
