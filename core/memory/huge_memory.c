// huge_memory.c - fulfils huge_memory.h.
#include "core/memory/huge_memory.h"

#include "core/hook.h"
#include "core/memory/memory.h"
#include "core/memory/page_map.h"
#include "core/memory/span_size.h"

enum { KEPT_MOST = 16 };

static _Atomic(struct segment *) kept[KEPT_MOST];

// Statistics, and a measure. relaxed everywhere: they order nothing.
static _Atomic(size_t) kept_bytes;
static _Atomic(size_t) bytes_in_use;
static _Atomic(size_t) blocks_in_use;
static _Atomic(size_t) given_back; // instead of being kept, the last time
static _Atomic(int) is_missed;

size_t rp_huge_memory_count(void) {
    return load_relaxed(&blocks_in_use);
}

size_t rp_huge_memory_in_use(void) {
    return load_relaxed(&bytes_in_use);
}

size_t rp_huge_memory_kept(void) {
    return load_relaxed(&kept_bytes);
}

void rp_huge_memory_reset(void) {
    // relaxed, all of them: the caller is alone.
    for (unsigned i = 0; i < KEPT_MOST; ++i)
        store_relaxed(&kept[i], NULL);
    store_relaxed(&kept_bytes, 0);
    store_relaxed(&bytes_in_use, 0);
    store_relaxed(&blocks_in_use, 0);
    store_relaxed(&given_back, 0);
    store_relaxed(&is_missed, 0);
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

static void slot_unmap(struct segment *slot) {
    void *memory = slot->memory;
    size_t bytes = slot->bytes;

    header_forget(slot);
    rp_memory_unmap(memory, bytes);
    rp_segment_table_give(slot);
}

// Puts a slot into an empty place; 0: there is none.
static int place_fill(struct segment *slot) {
    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        struct segment *none = NULL;
        // release [kept]: the slot's fields, and the memory's last use.
        if (cas_strong_acq_rel(&kept[i], &none, slot))
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

// A slot that was taken out is not kept any more.
static void leave(struct segment *slot) {
    sub_relaxed(&kept_bytes, slot->bytes);
    rp_on_bookkeeping_unmap(slot->memory, slot->bytes);
}

static void drop(struct segment *slot) {
    leave(slot);
    slot_unmap(slot);
}

static int fits(const struct segment *slot, size_t bytes) {
    return slot->bytes >= bytes && slot->bytes - bytes <= bytes / 4;
}

// Makes a slot that was taken out have `bytes` bytes, where the system can.
static int slot_resize(struct segment *slot, size_t bytes) {
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

// The first slot that fits, else one that is made to fit.
static struct segment *take_kept(size_t bytes) {
    struct segment *other = NULL;

    for (unsigned i = 0; i < KEPT_MOST; ++i) {
        struct segment *slot = place_empty(i);
        if (slot == NULL)
            continue;
        if (fits(slot, bytes)) {
            if (other != NULL && !place_fill(other))
                drop(other);
            leave(slot);
            return slot;
        }
        if (other == NULL)
            other = slot;
        else if (!place_fill(slot))
            drop(slot);
    }
    if (other == NULL)
        return NULL;
    leave(other);
    if (slot_resize(other, bytes))
        return other;
    slot_unmap(other);
    return NULL;
}

struct segment *rp_huge_memory_take(size_t bytes, int may_be_kept,
                                    int *is_new) {
    struct segment *slot = may_be_kept ? take_kept(bytes) : NULL;

    *is_new = slot == NULL;
    if (slot == NULL) {
        slot = rp_segment_table_take();
        if (slot == NULL)
            return NULL;
        slot->memory = rp_memory_map(bytes, SPAN_BYTES);
        slot->bytes = bytes;
        store_relaxed(&slot->first_span, NULL); // there is no header yet
        if (slot->memory == NULL) {
            rp_segment_table_give(slot);
            return NULL;
        }
        if (swap_relaxed(&given_back, 0) >= bytes / 2)
            store_relaxed(&is_missed, 1);
    }
    add_relaxed(&bytes_in_use, slot->bytes);
    add_relaxed(&blocks_in_use, 1);
    return slot;
}

int rp_huge_memory_resize(struct segment *slot, size_t bytes) {
    size_t before = slot->bytes;

    if (!slot_resize(slot, bytes))
        return 0;
    add_relaxed(&bytes_in_use, bytes - before); // modulo, when it shrinks
    return 1;
}

int rp_huge_memory_give(struct segment *slot, size_t most) {
    size_t bytes = slot->bytes;

    sub_relaxed(&bytes_in_use, bytes);
    sub_relaxed(&blocks_in_use, 1);
    if (add_relaxed(&kept_bytes, bytes) + bytes <= most) {
        rp_on_bookkeeping_map(slot->memory, bytes);
        if (place_fill(slot))
            return 1;
        rp_on_bookkeeping_unmap(slot->memory, bytes);
    }
    sub_relaxed(&kept_bytes, bytes);
    store_relaxed(&given_back, bytes);
    slot_unmap(slot);
    return 0;
}

void rp_huge_memory_trim(size_t keep) {
    for (unsigned i = 0; i < KEPT_MOST && rp_huge_memory_kept() > keep; ++i) {
        struct segment *slot = place_empty(i);
        store_relaxed(&is_missed, 0);
        if (slot != NULL)
            drop(slot);
    }
}

int rp_huge_memory_is_missed(void) {
    return load_relaxed(&is_missed);
}
