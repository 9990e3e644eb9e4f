// huge_memory.c - fulfils huge_memory.h.
#include "core/memory/huge_memory.h"

#include "core/base/bits.h"
#include "core/memory/huge_kept.h"
#include "core/memory/memory.h"
#include "core/memory/span_size.h"
#include "core/os/os.h"

enum { TOO_MUCH_PART = 4 };

// Statistics, and a measure. relaxed everywhere: they order nothing.
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
    return rp_huge_kept_bytes();
}

void rp_huge_memory_reset(void) {
    rp_huge_kept_reset();
    // relaxed, all of them: the caller is alone.
    store_relaxed(&bytes_in_use, 0);
    store_relaxed(&blocks_in_use, 0);
    store_relaxed(&given_back, 0);
    store_relaxed(&is_missed, 0);
}

// New memory. Where blocks come and go, it is of whole huge pages, for else the
// first and the last of each block never are such; what the block leaves over
// waits for the next one.
static int map(struct segment *slot, size_t bytes) {
    size_t unit = rp_os_huge_page_bytes();

    if (unit < SPAN_BYTES || bytes < unit || !rp_memory_is_divisible() ||
        !rp_huge_memory_is_missed())
        unit = SPAN_BYTES;
    else
        slot->bytes = round_up(bytes, unit);
    slot->memory = rp_memory_map(slot->bytes, unit);
    if (slot->memory == NULL)
        return 0;
    rp_huge_kept_cut(slot, bytes);
    return 1;
}

struct segment *rp_huge_memory_take(size_t bytes, int may_be_kept,
                                    int *is_new) {
    struct segment *slot = may_be_kept ? rp_huge_kept_take(bytes) : NULL;

    *is_new = slot == NULL;
    if (slot == NULL) {
        slot = rp_segment_table_take();
        if (slot == NULL)
            return NULL;
        slot->bytes = bytes;
        store_relaxed(&slot->first_span, NULL); // there is no header yet
        if (!map(slot, bytes)) {
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

    if (!rp_huge_kept_resize(slot, bytes))
        return 0;
    add_relaxed(&bytes_in_use, bytes - before); // modulo, when it shrinks
    return 1;
}

int rp_huge_memory_give(struct segment *slot, size_t most) {
    size_t bytes = slot->bytes;

    sub_relaxed(&bytes_in_use, bytes);
    sub_relaxed(&blocks_in_use, 1);
    int is_kept = rp_huge_kept_give(slot, most);
    if (!is_kept) {
        store_relaxed(&given_back, bytes);
        rp_huge_kept_unmap(slot);
    }
    // Less may be worth keeping now; a little more is not worth a call.
    if (rp_huge_kept_bytes() > most + most / TOO_MUCH_PART)
        rp_huge_kept_trim(most);
    return is_kept;
}

void rp_huge_memory_trim(size_t keep) {
    if (rp_huge_kept_bytes() > keep)
        store_relaxed(&is_missed, 0);
    rp_huge_kept_trim(keep);
}

int rp_huge_memory_is_missed(void) {
    return load_relaxed(&is_missed);
}
