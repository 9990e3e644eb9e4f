// table.c - see table.h.
#include "instrument/check/table.h"

#include "core/base/bits.h"
#include "instrument/os/system.h"

enum { ORDERS = 13, CHUNK_BYTES = 1 << 20 };

struct rp_table_leaf *_Atomic rp_table_root[1 << RP_TABLE_ROOT_BITS];
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

// One whose blocks are of nobody; NULL: no memory. Of new ones, what is never
// used is never touched.
static struct rp_check_span *make(unsigned order) {
    struct rp_check_span *span = take_unused(order);

    if (span != NULL) {
        __builtin_memset(span->blocks, 0,
                         (size_t)span->count * sizeof *span->blocks);
        return span;
    }
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

static struct rp_check_span *_Atomic *paged_entry(uintptr_t address) {
    return &pages.entries[(address - pages.base) >> pages.shift];
}

struct rp_check_span *rp_table_paged(uintptr_t address) {
    // acquire [entry]: what it is of
    return is_paged(address) ? load_acquire(paged_entry(address)) : NULL;
}

static struct rp_check_span *_Atomic *make_entry(uintptr_t address) {
    uintptr_t key = address >> RP_TABLE_SHIFT;
    struct rp_table_leaf *leaf = NULL;

    if (is_paged(address))
        return paged_entry(address);
    if (key >> (RP_TABLE_LEAF_BITS + RP_TABLE_ROOT_BITS) != 0)
        return NULL;
    struct rp_table_leaf *made = rp_system_map(sizeof *made, RP_MAP_KEPT);
    if (made == NULL)
        return NULL;
    // acq_rel [leaf]: either mine is seen by all, or I see the other one
    if (!cas_strong_acq_rel(&rp_table_root[key >> RP_TABLE_LEAF_BITS], &leaf,
                            made))
        rp_system_unmap(made, sizeof *made);
    return rp_table_entry(address);
}

struct rp_check_found rp_table_search(const void *address) {
    struct rp_check_found found = rp_table_find(address);

    if (found.block != NULL)
        return found;
    for (struct rp_check_span *span = rp_table_spans(); span != NULL;
         span = span->next) {
        if (!span->is_used || !span->is_single ||
            (uintptr_t)address - span->first >= span->all_bytes)
            continue;
        if (rp_word_state(load_relaxed(&span->blocks->word)) == RP_BLOCK_LIVE)
            // relaxed: a look
            return (struct rp_check_found){span, span->blocks, span->first,
                                           span->first + span->blocks->front};
    }
    return (struct rp_check_found){0};
}

// ---- a block is made ----

static unsigned order_of(uint32_t count) {
    return count > 1 ? highest_bit(count - 1) + 1 : 0;
}

// By which an offset of less than 64 KiB is divided without a division; of one
// block, all offsets are of index 0.
static uint32_t reciprocal_of(const struct rp_place_of_block *place) {
    return place->count > 1
               ? (uint32_t)(UINT64_C(0xffffffff) / place->bytes) + 1
               : 0;
}

struct rp_check_block *rp_table_place_anew(
    const struct rp_place_of_block *place, uint32_t front, uint32_t owner) {
    uintptr_t pointer = (uintptr_t)place->block + front;
    uintptr_t at = place->is_single ? pointer : (uintptr_t)place->first;
    struct rp_check_span *_Atomic *entry = rp_table_entry(at);
    unsigned order = order_of(place->count);

    if (entry == NULL || is_paged(at))
        entry = make_entry(at);
    if (entry == NULL || order > ORDERS)
        return NULL;
    struct rp_check_span *old = load_acquire(entry); // acquire [entry]: its own
    struct rp_check_span *span = make(order);
    if (span == NULL)
        return NULL;
    span->first = (uintptr_t)place->first;
    span->all_bytes = place->bytes * place->count;
    span->bytes = place->bytes;
    span->reciprocal = reciprocal_of(place);
    span->count = place->count;
    span->is_single = place->is_single;
    span->is_used = true;
    span->is_paged = is_paged(pointer);
    span->span = place->span;
    span->heap = place->heap;
    span->owner = owner;
    span->blocks[place->index].front = front;
    store_release(entry, span); // release [entry]: what it is of
    if (old != NULL) {
        old->is_used = false;
        leave_unused(old, old);
    }
    return &span->blocks[place->index];
}
