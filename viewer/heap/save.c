// save.c - the heap at one time, written down, to be read again.
#include "viewer/heap/save.h"

#include "viewer/heap/save_slots.h"

// What stands before the spans.
struct saved_heap {
    uint64_t held, bookkeeping_bytes, live_blocks, most_blocks;
    uint64_t time, run_time, events, repairs;
    uint64_t segments, huge;
};

struct saved_segment {
    uint64_t number, address, bytes, span_address;
    uint32_t count;
};

bool heap_at_rest(const struct heap *heap) {
    return heap->waiting == 0 && !heap->telling && !heap->before;
}

// ---- spans ----

static void save_span(const struct span *span, struct pool *pool,
                      struct pack *pack) {
    struct span saved = *span;
    saved.slots = NULL;
    saved.slot_capacity = span->touched;
    pack_put(pack, &saved, sizeof saved);
    if (span->touched > 0)
        save_slots(span, pool, pack);
}

static bool restore_span(struct spans *spans, struct span *span,
                         struct pack *pack) {
    if (!pack_take(pack, span, sizeof *span))
        return false;
    span->slots = NULL;
    if (span->touched == 0)
        return true;
    return restore_slots(span, spans->pool, pack);
}

// ---- the heap ----

static uint64_t count_segments(const struct spans *spans) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < spans->segment_limit; i++)
        count += spans_segment(spans, i) != NULL;
    return count;
}

void heap_save(const struct heap *heap, struct pack *pack) {
    const struct spans *spans = &heap->spans;
    struct saved_heap saved = {.held = heap->held,
                               .bookkeeping_bytes = heap->bookkeeping_bytes,
                               .live_blocks = heap->live_blocks,
                               .most_blocks = heap->most_blocks,
                               .time = heap->time,
                               .run_time = heap->run_time,
                               .events = heap->events,
                               .repairs = heap->repairs,
                               .segments = count_segments(spans),
                               .huge = spans->huge_count};
    pack_put(pack, &saved, sizeof saved);
    for (uint32_t i = 0; i < spans->segment_limit; i++) {
        const struct segment *segment = spans_segment(spans, i);
        if (!segment)
            continue;
        pack_put(pack,
                 &(struct saved_segment){i, segment->address, segment->bytes,
                                         segment->span_address, segment->count},
                 sizeof(struct saved_segment));
        for (uint32_t j = 0; j < segment->count; j++)
            save_span(&segment->spans[j], spans->pool, pack);
    }
    for (size_t i = 0; i < spans->huge_capacity; i++)
        if (spans->huge[i])
            save_span(spans->huge[i], spans->pool, pack);
}

static bool restore_segment(struct heap *heap, struct pack *pack) {
    struct saved_segment saved;
    if (!pack_take(pack, &saved, sizeof saved))
        return false;
    struct segment *segment = spans_add_segment(&heap->spans, saved.number,
                                                saved.count, heap->span_bytes);
    if (!segment)
        return false;
    segment->address = saved.address;
    segment->bytes = saved.bytes;
    segment->span_address = saved.span_address;
    for (uint32_t i = 0; i < saved.count; i++)
        if (!restore_span(&heap->spans, &segment->spans[i], pack))
            return false;
    return true;
}

static bool restore_huge(struct heap *heap, struct pack *pack) {
    struct span *span = pool_zeroed(heap->spans.pool, 1, sizeof *span);
    bool whole = restore_span(&heap->spans, span, pack);
    spans_put_huge(&heap->spans, span);
    return whole;
}

bool heap_restore(struct heap *heap, struct pack *pack) {
    struct saved_heap saved;
    if (!pack_take(pack, &saved, sizeof saved))
        return false;
    heap->held = saved.held;
    heap->bookkeeping_bytes = saved.bookkeeping_bytes;
    heap->live_blocks = saved.live_blocks;
    heap->most_blocks = saved.most_blocks;
    heap->time = saved.time;
    heap->run_time = saved.run_time;
    heap->events = saved.events;
    heap->repairs = saved.repairs;
    heap->mappings++;
    for (uint64_t i = 0; i < saved.segments; i++)
        if (!restore_segment(heap, pack))
            return false;
    for (uint64_t i = 0; i < saved.huge; i++)
        if (!restore_huge(heap, pack))
            return false;
    return true;
}
