// large.c - blocks that have spans, or memory, of their own.
#include "core/heap/large.h"

#include "core/base/bits.h"
#include "core/hook.h"
#include "core/memory/huge_memory.h"
#include "core/memory/memory.h"
#include "core/os/os.h"
#include "core/memory/segment_table.h"
#include "core/memory/surplus.h"
#include "core/heap/cache.h"

// Huge blocks that are kept: at most this part of what is in use.
enum { HUGE_KEPT_PART = 4 };

static size_t block_offset(size_t alignment) {
    return round_up(SPAN_HEADER, alignment);
}

// Fills a header that no heap owns.
static void *header_fill(struct span *span, uintptr_t kind, size_t offset,
                         size_t usable) {
    // relaxed: whoever learns the block's address learns it from us.
    store_relaxed(&span->owner, kind);
    span->free = NULL;
    span->used = 1;
    span->carved = 1;
    span->capacity = 1;
    span->block_bytes = 0;
    span->reciprocal = 0;
    span->next = NULL;
    span->previous = NULL;
    store_relaxed(&span->deferred, 0); // relaxed: never used
    span->class_index = RP_CLASS_LARGE;
    span->block_offset = offset;
    span->large_bytes = usable;
    return (char *)span + offset;
}

void *rp_large_alloc(struct heap *heap, size_t size, size_t alignment,
                     int *is_zero) {
    size_t offset = block_offset(alignment);
    uint32_t count = (uint32_t)((offset + size + SPAN_BYTES - 1) >> SPAN_SHIFT);
    struct span_run run;

    if (!rp_run_take(heap, count, &run))
        return NULL;
    struct span *span = run.first;
    span->number = run.number;
    span->slot = run.slot;
    span->run = count;
    span->heap_number = heap->number;
    *is_zero = run.is_zero;
    rp_on_span_acquire(run.number, count, heap->number, RP_CLASS_LARGE,
                       run.from);
    // Flagged so that its free, too, is not the fast one.
    return header_fill(
        span, offset == SPAN_HEADER ? SPAN_LARGE : SPAN_LARGE | SPAN_ALIGNED,
        offset, ((size_t)count << SPAN_SHIFT) - offset);
}

void rp_large_header(struct span *span, size_t count) {
    span->class_index = RP_CLASS_LARGE;
    span->reciprocal = 0;
    span->block_offset = SPAN_HEADER;
    span->large_bytes = (count << SPAN_SHIFT) - SPAN_HEADER;
}

void rp_large_free(struct heap *heap, struct span *span) {
    // large_pop takes a block for granted that begins after the header.
    if (span->block_offset != SPAN_HEADER)
        span->class_index = 0;
    rp_run_give(heap, span);
}

void *rp_huge_alloc(size_t size, size_t alignment, int *is_zero) {
    // The header stands at a multiple of 64 KiB, the block at most 64 KiB
    // behind it at a multiple of the alignment. Memory may start anywhere.
    if (alignment > PTRDIFF_MAX / 4)
        return NULL;

    size_t page = rp_os_page_bytes();
    size_t offset =
        alignment <= SPAN_BYTES ? block_offset(alignment) : SPAN_BYTES;
    size_t step = alignment <= SPAN_BYTES ? SPAN_BYTES : alignment;
    size_t slack = rp_memory_is_paged() && step == SPAN_BYTES ? 0 : step;
    if (size > PTRDIFF_MAX - offset - slack - page)
        return NULL;
    size_t bytes = round_up(offset + size + slack, page);

    struct segment *slot =
        rp_huge_memory_take(bytes, step == SPAN_BYTES, is_zero);
    if (slot == NULL)
        return NULL;
    char *memory = slot->memory;
    bytes = slot->bytes;

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
    return header_fill(span, SPAN_HUGE, offset,
                       (size_t)(memory + bytes - (char *)block));
}

void rp_huge_free(struct span *span) {
    struct segment *slot = segment_table_slot(span->slot);
    size_t spans = slot->bytes >> SPAN_SHIFT;
    size_t taken = rp_segment_in_use() - spans;

    rp_on_huge_unmap(span->number);
    // relaxed: a walk, and a late free, see that no block is here.
    store_relaxed(&span->owner, SPAN_EMPTY);
    rp_surplus_given(spans, taken);
    // One, or a part of what is in use: the next block may want another size.
    size_t most = rp_segment_room(taken);
    size_t part = (taken << SPAN_SHIFT) / HUGE_KEPT_PART;
    if (rp_huge_memory_kept() > 0 && part < most)
        most = part;
    if (!rp_huge_memory_give(slot, most))
        rp_surplus_purged(spans);
}
