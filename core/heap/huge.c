// huge.c - fulfils huge.h.
#include "core/heap/huge.h"

#include "core/base/bits.h"
#include "core/heap/large.h"
#include "core/hook.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/os/os.h"
#include "core/span/header.h"
#include "core/span/huge_unit.h"
#include "core/span/purge.h"
#include "core/span/segment.h"

// Huge blocks that are kept: at most this part of what is in use.
enum { HUGE_KEPT_PART = 3 };

// A block is of huge pages when it is no larger than a part of what is in use,
// or than some: what it does not touch of them is little then.
enum { HUGE_PAGES_PART = 4, HUGE_PAGES_LEAST = 32 << 20 };

static void advise(const struct segment *slot) {
    enum huge_unit_use use = rp_huge_unit_use();
    size_t most = (rp_segment_in_use() << SPAN_SHIFT) / HUGE_PAGES_PART;

    if (most < HUGE_PAGES_LEAST)
        most = HUGE_PAGES_LEAST;

    // All of it: its mapping must stay one, to be resized.
    if (use == HUGE_UNIT_ALWAYS ||
        (use == HUGE_UNIT_GROWN && slot->bytes <= most))
        rp_os_advise_huge_pages(slot->memory,
                                round_up(slot->bytes, rp_os_page_bytes()));
}

// What a block's memory has a whole number of. Where neighbours can become one
// they are to lie side by side: so it is a span there, as they start at one.
static size_t grain(void) {
    return rp_memory_is_divisible() ? SPAN_BYTES : rp_os_page_bytes();
}

// Where a block begins in its memory, which may start anywhere.
static char *block_start(char *memory, size_t alignment) {
    return memory +
           (round_up((uintptr_t)memory, alignment) - (uintptr_t)memory);
}

// Fills the header of a block in the memory of a slot.
static void huge_describe(struct span *span, struct segment *slot) {
    char *end = (char *)slot->memory + slot->bytes;

    span->number = RP_HUGE_BIT | slot->slot;
    span->slot = slot->slot;
    span->run = 0;
    span->heap_number = 0;
    rp_large_header(span, SPAN_HUGE, (size_t)(end - span->memory));
    store_relaxed(&slot->first_span, span->memory); // relaxed: as its reading
}

void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero) {
    // The block is at a multiple of 64 KiB at least: so none other begins where
    // the page map has it.
    size_t page = grain();
    size_t step = alignment <= SPAN_BYTES ? SPAN_BYTES : alignment;
    size_t slack = rp_memory_is_paged() && step == SPAN_BYTES ? 0 : step;

    if (alignment > PTRDIFF_MAX / 4 || size > PTRDIFF_MAX - slack - page)
        return NULL;
    size_t bytes = round_up(size + slack, page);
    int is_new;
    struct segment *slot =
        rp_huge_memory_take(bytes, step == SPAN_BYTES, &is_new);
    if (slot == NULL)
        return NULL;
    bytes = slot->bytes;
    char *block = block_start(slot->memory, step);
    // Kept memory may have had its block elsewhere.
    if (segment_first(slot) != NULL)
        rp_page_map_clear(segment_first(slot), 1);
    store_relaxed(&slot->first_span, NULL); // relaxed: as its reading
    struct span *span = rp_header_apart(block);
    if (span == NULL) {
        rp_huge_memory_give(slot, 0);
        return NULL;
    }
    *is_zero = is_new && rp_memory_is_paged();
    advise(slot);
    rp_purge_huge_taken(bytes >> SPAN_SHIFT, is_new);

    huge_describe(span, slot);
    rp_on_huge_map(span->number, slot->memory, bytes);
    return block;
}

void *rp_huge_resize(struct span *span, size_t size) {
    struct segment *slot = segment_table_slot(span->slot);
    uint32_t number = span->number;
    size_t page = grain();
    size_t before = slot->bytes;
    struct header_parts parts;

    // A great alignment would not survive a move.
    if (span->memory != (char *)slot->memory || size > PTRDIFF_MAX - page ||
        !rp_header_prepare(&parts))
        return NULL;
    size_t bytes = round_up(size, page);
    int is_done = rp_huge_memory_resize(slot, bytes);
    // The header that was ours stays with the former address.
    if (is_done)
        huge_describe(rp_header_apart_of(&parts, slot->memory), slot);
    rp_header_done(&parts);
    if (!is_done)
        return NULL;
    rp_on_free(number, 0, 0);
    rp_on_huge_unmap(number);
    rp_on_huge_map(number, slot->memory, bytes);
    if (bytes > before) {
        advise(slot);
        rp_purge_huge_taken((bytes - before) >> SPAN_SHIFT, 1);
    } else {
        rp_surplus_given((before - bytes) >> SPAN_SHIFT);
    }
    return slot->memory;
}

void rp_huge_free(struct span *span) {
    struct segment *slot = segment_table_slot(span->slot);
    size_t spans = slot->bytes >> SPAN_SHIFT;
    size_t taken = rp_segment_in_use() - spans;

    rp_on_huge_unmap(span->number);
    // relaxed: a walk, and a late free, see that no block is here.
    store_relaxed(&span->owner, SPAN_EMPTY);
    rp_surplus_given(spans);
    // One, or a part of what is in use: the next block may want another size.
    size_t most = rp_purge_room(taken);
    size_t part = (taken << SPAN_SHIFT) / HUGE_KEPT_PART;
    if (rp_huge_memory_kept() > 0 && part < most)
        most = part;
    rp_huge_memory_give(slot, most);
}
