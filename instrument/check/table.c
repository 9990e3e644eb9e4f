// table.c - see table.h.
#include "instrument/check/table.h"

#include "core/base/bits.h"
#include "instrument/os/system.h"

enum {
    SHIFT = 16, // of an address: what one entry of the directory stands for
    LEAF_BITS = 16,
    ROOT_BITS = 15, // of the 47 that a program's addresses have
    ORDERS = 13,
    CHUNK_BYTES = 1 << 20,
};

struct leaf {
    struct rp_check_span *_Atomic entries[1 << LEAF_BITS];
};

static struct leaf *_Atomic root[1 << ROOT_BITS];
static struct rp_check_span *_Atomic all;

// ---- room ----

// A piece of memory that pieces are cut from.
struct chunk {
    _Atomic size_t used;
    char bytes[];
};
static struct chunk *_Atomic chunk;

static void *take(size_t bytes) {
    bytes = round_up(bytes, sizeof(void *));
    if (bytes > CHUNK_BYTES / 2)
        return rp_system_map(bytes, RP_MAP_KEPT);
    for (;;) {
        struct chunk *now = load_acquire(&chunk); // acquire [chunk]: it is zero
        if (now != NULL) {
            // relaxed: a number
            size_t at = add_relaxed(&now->used, bytes);
            if (at + bytes <= CHUNK_BYTES - sizeof *now)
                return now->bytes + at;
        }
        struct chunk *made = rp_system_map(CHUNK_BYTES, RP_MAP_KEPT);
        if (made == NULL)
            return NULL;
        // acq_rel [chunk]: either mine is seen by all, or I see the other one
        if (!cas_strong_acq_rel(&chunk, &now, made))
            rp_system_unmap(made, CHUNK_BYTES);
    }
}

// Those that wait, by order. Taken all at once, so that no one can have come
// back meanwhile.
static struct rp_check_span *_Atomic unused[ORDERS + 1];

static void leave_unused(struct rp_check_span *first,
                         struct rp_check_span *last) {
    struct rp_check_span *_Atomic *list = &unused[first->order];
    struct rp_check_span *head = load_relaxed(list); // relaxed: a first guess

    do
        store_relaxed(&last->next_unused, head); // relaxed: by [unused]
    while (!cas_release(list, &head, first));    // release [unused]: its next
}

static struct rp_check_span *take_unused(unsigned order) {
    // acquire [unused]: the next of each
    struct rp_check_span *span = swap_acquire(&unused[order], NULL);

    if (span == NULL)
        return NULL;
    struct rp_check_span *next = load_relaxed(&span->next_unused);
    if (next != NULL) {
        struct rp_check_span *last = next, *more;
        while ((more = load_relaxed(&last->next_unused)) != NULL)
            last = more;
        leave_unused(next, last);
    }
    return span;
}

static struct rp_check_span *make(unsigned order) {
    struct rp_check_span *span = take_unused(order);

    if (span != NULL)
        return span;
    span = take(sizeof *span + (sizeof *span->blocks << order));
    if (span == NULL)
        return NULL;
    span->order = (uint8_t)order;
    span->next = load_relaxed(&all);              // relaxed: a first guess
    while (!cas_release(&all, &span->next, span)) // release [spans]: its next
        continue;
    return span;
}

struct rp_check_span *rp_table_spans(void) {
    return load_acquire(&all); // acquire [spans]: the next of each
}

// ---- the directory ----

static struct {
    uintptr_t base;
    size_t bytes;
    unsigned shift; // of a page
    struct rp_check_span *_Atomic *entries;
} pages;

bool rp_table_start_pages(uintptr_t base, size_t bytes, size_t page) {
    pages.shift = lowest_bit(page);
    pages.entries = rp_system_map(
        (bytes >> pages.shift) * sizeof *pages.entries, RP_MAP_KEPT);
    if (pages.entries == NULL)
        return false;
    pages.base = base;
    pages.bytes = bytes;
    return true;
}

static bool is_paged(uintptr_t address) {
    return address - pages.base < pages.bytes;
}

static struct rp_check_span *_Atomic *entry_of(uintptr_t address, bool makes) {
    uintptr_t key = address >> SHIFT;

    if (is_paged(address))
        return &pages.entries[(address - pages.base) >> pages.shift];

    if (key >> (LEAF_BITS + ROOT_BITS) != 0)
        return NULL;
    struct leaf *_Atomic *slot = &root[key >> LEAF_BITS];
    struct leaf *leaf = load_acquire(slot); // acquire [leaf]: that it is zeroed
    if (leaf == NULL) {
        struct leaf *made =
            makes ? rp_system_map(sizeof *made, RP_MAP_KEPT) : NULL;
        if (made == NULL)
            return NULL;
        // acq_rel [leaf]: either mine is seen by all, or I see the other one
        if (cas_strong_acq_rel(slot, &leaf, made))
            leaf = made;
        else
            rp_system_unmap(made, sizeof *made);
    }
    return &leaf->entries[key & ((1u << LEAF_BITS) - 1)];
}

static struct rp_check_span *span_at(uintptr_t address) {
    struct rp_check_span *_Atomic *entry = entry_of(address, false);

    // acquire [entry]: what it is of
    return entry != NULL ? load_acquire(entry) : NULL;
}

static struct rp_check_found found_in(struct rp_check_span *span,
                                      uintptr_t address) {
    struct rp_check_found found = {.span = span};
    uintptr_t offset = address - span->first;

    if (address < span->first || offset / span->bytes >= span->count)
        return found;
    found.block = &span->blocks[offset / span->bytes];
    found.start = rp_table_start(span, found.block);
    found.pointer = found.start + found.block->front;
    return found;
}

struct rp_check_found rp_table_find(const void *pointer) {
    uintptr_t address = (uintptr_t)pointer;
    struct rp_check_span *span = span_at(address);

    return span != NULL ? found_in(span, address) : (struct rp_check_found){0};
}

struct rp_check_found rp_table_search(const void *address) {
    struct rp_check_found found = rp_table_find(address);

    if (found.block != NULL)
        return found;
    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next) {
        if (!span->is_used || !span->is_single)
            continue;
        found = found_in(span, (uintptr_t)address);
        if (found.block != NULL &&
            rp_word_state(load_relaxed(&found.block->word)) == RP_BLOCK_LIVE)
            return found; // relaxed: a look
    }
    return (struct rp_check_found){0};
}

// ---- a block is made ----

static unsigned order_of(uint32_t count) {
    return count > 1 ? highest_bit(count - 1) + 1 : 0;
}

static bool is_of(const struct rp_check_span *span,
                  const struct rp_place_of_block *place, size_t bytes) {
    return span != NULL && span->first == (uintptr_t)place->first &&
           span->bytes == bytes && span->count == place->count;
}

struct rp_check_block *rp_table_place(const struct rp_place_of_block *place,
                                      uint32_t front, uint32_t owner) {
    uintptr_t pointer = (uintptr_t)place->block + front;
    // Blocks of a span lie in its 64 KiB, the last one's end may be their end.
    struct rp_check_span *_Atomic *entry =
        entry_of(place->is_single ? pointer : (uintptr_t)place->first, true);
    if (entry == NULL)
        return NULL;

    struct rp_check_span *span =
        load_acquire(entry); // acquire [entry]: its own
    if (!is_of(span, place, place->bytes)) {
        unsigned order = order_of(place->count);
        if (order > ORDERS)
            return NULL;
        struct rp_check_span *old = span;
        span = make(order);
        if (span == NULL)
            return NULL;
        __builtin_memset(span->blocks, 0,
                         (size_t)place->count * sizeof *span->blocks);
        span->first = (uintptr_t)place->first;
        span->bytes = place->bytes;
        span->count = place->count;
        span->is_single = place->is_single;
        span->is_used = true;
        span->is_paged = is_paged(pointer);
        store_release(entry, span); // release [entry]: what it is of
        if (old != NULL) {
            old->is_used = false;
            leave_unused(old, old);
        }
    }
    span->span = place->span;
    span->heap = place->heap;
    span->owner = owner;
    span->blocks[place->index].front = front;
    return &span->blocks[place->index];
}
