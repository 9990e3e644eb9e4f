// huge.c - fulfils huge.h.
#include "core/heap/huge.h"

#include "core/base/bits.h"
#include "core/heap/large.h"
#include "core/hook.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/memory/surplus.h"
#include "core/os/os.h"
#include "core/span/segment.h"

// Huge blocks that are kept: at most this part of what is in use.
enum { HUGE_KEPT_PART = 4 };

void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero) {
    // The header stands at a multiple of 64 KiB, the block at most 64 KiB
    // behind it at a multiple of the alignment. Memory may start anywhere.
    if (alignment > PTRDIFF_MAX / 4)
        return NULL;

    size_t page = rp_os_page_bytes();
    size_t offset =
        alignment <= SPAN_BYTES ? large_offset(alignment) : SPAN_BYTES;
    size_t step = alignment <= SPAN_BYTES ? SPAN_BYTES : alignment;
    size_t slack = rp_memory_is_paged() && step == SPAN_BYTES ? 0 : step;
    if (size > PTRDIFF_MAX - offset - slack - page)
        return NULL;
    size_t bytes = round_up(offset + size + slack, page);

    int is_new;
    struct segment *slot =
        rp_huge_memory_take(bytes, step == SPAN_BYTES, &is_new);
    if (slot == NULL)
        return NULL;
    char *memory = slot->memory;
    bytes = slot->bytes;
    *is_zero = is_new && rp_memory_is_paged();
    rp_segment_huge_taken(bytes >> SPAN_SHIFT, is_new);

    uintptr_t block = step == SPAN_BYTES
                          ? round_up((uintptr_t)memory, SPAN_BYTES) + offset
                          : round_up((uintptr_t)memory + SPAN_BYTES, alignment);
    struct span *span = (struct span *)(block - offset);
    slot->first_span = (char *)span;
    span->number = RP_HUGE_BIT | slot->slot;
    span->slot = slot->slot;
    span->run = 0;
    span->heap_number = 0;
    rp_on_huge_map(span->number, memory, bytes);
    return rp_large_header(span, SPAN_HUGE, offset,
                           (size_t)(memory + bytes - (char *)block));
}

void *rp_huge_resize(struct span *span, size_t size) {
    struct segment *slot = segment_table_slot(span->slot);
    size_t offset = span->block_offset;
    size_t page = rp_os_page_bytes();
    size_t before = slot->bytes;

    // A great alignment would not survive a move.
    if ((char *)span != (char *)slot->memory ||
        size > PTRDIFF_MAX - offset - page)
        return NULL;
    size_t bytes = round_up(offset + size, page);
    if (!rp_huge_memory_resize(slot, bytes))
        return NULL;
    span = slot->memory;
    slot->first_span = (char *)span;
    span->large_bytes = bytes - offset;
    rp_on_free(span->number, 0, 0);
    rp_on_huge_unmap(span->number);
    rp_on_huge_map(span->number, slot->memory, bytes);
    if (bytes > before)
        rp_segment_huge_taken((bytes - before) >> SPAN_SHIFT, 1);
    else
        rp_surplus_given((before - bytes) >> SPAN_SHIFT);
    return (char *)span + offset;
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
    size_t most = rp_segment_room(taken);
    size_t part = (taken << SPAN_SHIFT) / HUGE_KEPT_PART;
    if (rp_huge_memory_kept() > 0 && part < most)
        most = part;
    rp_huge_memory_give(slot, most);
}
