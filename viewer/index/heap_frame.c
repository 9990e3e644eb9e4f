// heap_frame.c - the heap at one time as bytes, without the slots of its spans.
//
// A span is a row of small numbers; the rows of some segments stand in a
// section of their own, so that those in which nothing moved are written once.
#include "viewer/index/heap_frame.h"

#include <string.h>

#include "viewer/base/bytes.h"
#include "viewer/base/varint.h"
#include "viewer/heap/recount.h"
#include "viewer/metric/free_pages.h"

enum {
    GROUP = 4, // segments of a section
    ROW_MOST = 16 * VARINT_MOST,
    SECTION_SEGMENTS = 1 << 20,
    SECTION_HUGE = 1 << 30,
};

// More than any address space has, so that sums of bytes stay far from 2^63.
static const uint64_t too_many_bytes = UINT64_C(1) << 52;

// What stands before the spans.
struct saved_heap {
    uint64_t held, bookkeeping_bytes, live_blocks, most_blocks;
    uint64_t time, run_time, events, repairs;
    uint64_t groups, huge;
};

struct saved_segment {
    uint64_t number, address, bytes, span_address;
    uint64_t count;
};

bool heap_at_rest(const struct heap *heap) {
    return heap->waiting == 0 && !heap->telling && !heap->before;
}

// ---- writing ----

struct rows {
    struct pool *pool;
    uint8_t *bytes;
    size_t size, capacity;
};

static uint8_t *room(struct rows *rows, size_t count) {
    if (rows->capacity - rows->size < count) {
        rows->capacity = rows->capacity * 2 + count;
        rows->bytes = pool_resize(rows->pool, rows->bytes, rows->capacity, 1);
    }
    return rows->bytes + rows->size;
}

static bool has_blocks(const struct span *span) {
    return span->place == SPAN_IN_HEAP && span->saved;
}

static void put_span(struct rows *rows, const struct span *span) {
    bool blocks = has_blocks(span);
    uint32_t shares = blocks ? span->share_count : 0;
    uint8_t *at = room(rows, ROW_MOST + (size_t)shares * 2 * VARINT_MOST);
    uint64_t stack = 0;
    at = varint_put(at, span->place);
    at = varint_put(at, span->class_index);
    at = varint_put(at, span->state);
    at = varint_put(at, span->heap);
    at = varint_put(at, span->run);
    at = varint_put(at, span->deferred);
    at = varint_put(at, span->decommitted);
    at = varint_put(at, blocks ? span->saved : 0);
    if (blocks) {
        at = varint_put(at, span->live);
        at = varint_put(at, span->used);
        at = varint_put(at, span->free_pages);
        at = varint_put(at, shares);
    }
    for (uint32_t i = 0; i < shares; i++) {
        at = varint_put(at, varint_from(stack, span->shares[i].stack));
        at = varint_put(at, span->shares[i].blocks);
        stack = span->shares[i].stack;
    }
    rows->size = (size_t)(at - rows->bytes);
}

static void put_segment(struct rows *rows, uint32_t number,
                        const struct segment *segment) {
    struct saved_segment saved = {number, segment->address, segment->bytes,
                                  segment->span_address, segment->count};
    memcpy(room(rows, sizeof saved), &saved, sizeof saved);
    rows->size += sizeof saved;
    for (uint32_t i = 0; i < segment->count; i++)
        put_span(rows, &segment->spans[i]);
}

static void end_rows(struct rows *rows, struct pack *pack) {
    pack_put_array(pack, rows->bytes, rows->size, 1);
    rows->size = 0;
}

// Whether there are segments from this number on in its group.
static bool has_segments(const struct spans *spans, uint32_t first) {
    bool any = false;
    for (uint32_t i = first; i < first + GROUP; i++)
        any |= spans_segment(spans, i) != NULL;
    return any;
}

static uint64_t count_groups(const struct spans *spans) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < spans->segment_limit; i += GROUP)
        count += has_segments(spans, i);
    return count;
}

void heap_frame_put(const struct heap *heap, struct pack *pack) {
    const struct spans *spans = &heap->spans;
    struct rows rows = {.pool = spans->pool};
    struct saved_heap saved = {.held = heap->held,
                               .bookkeeping_bytes = heap->bookkeeping_bytes,
                               .live_blocks = heap->live_blocks,
                               .most_blocks = heap->most_blocks,
                               .time = heap->time,
                               .run_time = heap->run_time,
                               .events = heap->events,
                               .repairs = heap->repairs,
                               .groups = count_groups(spans),
                               .huge = spans->huge_count};
    pack_put(pack, &saved, sizeof saved);
    for (uint32_t i = 0; i < spans->segment_limit; i += GROUP) {
        if (!has_segments(spans, i))
            continue;
        pack_section(pack, SECTION_SEGMENTS + i / GROUP);
        for (uint32_t j = i; j < i + GROUP; j++) {
            const struct segment *segment = spans_segment(spans, j);
            if (segment)
                put_segment(&rows, j, segment);
        }
        end_rows(&rows, pack);
    }
    pack_section(pack, SECTION_HUGE);
    for (size_t i = 0; i < spans->huge_capacity; i++) {
        const struct span *span = spans->huge[i];
        if (!span)
            continue;
        uint8_t *at = room(&rows, 2 * VARINT_MOST);
        at = varint_put(at, span->number);
        at = varint_put(at, span->bytes);
        rows.size = (size_t)(at - rows.bytes);
        put_span(&rows, span);
    }
    end_rows(&rows, pack);
    pool_give(rows.pool, rows.bytes);
}

// ---- reading ----

// What a span with that use can have at the most of bytes asked for.
static bool used_can_be(const struct span *span) {
    return span->block_bytes > 0
               ? span->used <= (uint64_t)span->live * span->block_bytes
               : span->used <= span_run_bytes(span);
}

static bool take_shares(const struct spans *spans, struct span *span,
                        struct bytes *bytes) {
    uint64_t live, used, pages, count, difference, blocks, stack = 0, sum = 0;
    if (!bytes_varint(bytes, &live) || !bytes_varint(bytes, &used) ||
        !bytes_varint(bytes, &pages) || !bytes_varint(bytes, &count) ||
        live > span->blocks || count > live || count > bytes_left(bytes) ||
        used >= too_many_bytes || pages > FREE_PAGES_MOST)
        return false;
    span->live = (uint32_t)live;
    span->used = used;
    span->free_pages = (uint32_t)pages;
    span->shares = pool_get(spans->pool, count * sizeof *span->shares);
    span->share_count = (uint32_t)count;
    for (uint64_t i = 0; i < count; i++) {
        if (!bytes_varint(bytes, &difference) || !bytes_varint(bytes, &blocks))
            return false;
        stack = varint_after(stack, difference);
        sum += blocks;
        if (stack > UINT32_MAX || blocks == 0 || blocks > live)
            return false;
        span->shares[i] =
            (struct span_share){(uint32_t)stack, (uint32_t)blocks};
    }
    return sum == live;
}

// What the span is used for. `index` of `count` in its segment.
static bool take_use(const struct heap *heap, struct span *span, uint64_t index,
                     uint64_t count, struct bytes *bytes) {
    uint64_t place, class_index, state, number, run, deferred, decommitted;
    if (!bytes_varint(bytes, &place) || !bytes_varint(bytes, &class_index) ||
        !bytes_varint(bytes, &state) || !bytes_varint(bytes, &number) ||
        !bytes_varint(bytes, &run) || !bytes_varint(bytes, &deferred) ||
        !bytes_varint(bytes, &decommitted) ||
        !bytes_varint(bytes, &span->saved) || place < SPAN_IN_SEGMENT ||
        place > SPAN_IN_RUN || class_index > UINT8_MAX || state > UINT8_MAX ||
        number > UINT32_MAX || decommitted > span->bytes)
        return false;
    bool serves = place == SPAN_IN_HEAP;
    const struct trace_class *class = class_index < heap->tables->class_count
                                          ? &heap->tables->classes[class_index]
                                          : NULL;
    uint64_t most_run = serves && !class       ? count - index
                        : place == SPAN_IN_RUN ? index
                                               : 1;
    span->blocks = !serves ? 0 : class ? class->blocks_per_span : 1;
    if (run == 0 || run > most_run || deferred > span->blocks ||
        (!serves && span->saved) ||
        (serves && !class && class_index != TRACE_CLASS_LARGE &&
         class_index != TRACE_CLASS_HUGE) ||
        (serves && class &&
         (uint64_t) class->block_bytes * class->blocks_per_span > span->bytes))
        return false;
    span->place = (uint8_t)place;
    span->class_index = (uint8_t)class_index;
    span->state = (uint8_t)state;
    span->heap = (uint32_t)number;
    span->run = (uint32_t)run;
    span->deferred = (uint32_t)deferred;
    span->decommitted = decommitted;
    span->block_bytes = serves && class ? class->block_bytes : 0;
    return true;
}

static bool take_span(const struct heap *heap, struct span *span,
                      uint64_t index, uint64_t count, struct bytes *bytes) {
    if (!take_use(heap, span, index, count, bytes))
        return false;
    if (!span->saved)
        return true;
    span->packed = true;
    return take_shares(&heap->spans, span, bytes) &&
           (uint64_t)span->live + span->deferred <= span->blocks &&
           used_can_be(span);
}

static bool take_segment(struct heap *heap, struct bytes *bytes) {
    struct saved_segment saved;
    if (!bytes_copy(bytes, &saved, sizeof saved) ||
        saved.count > bytes_left(bytes) || saved.bytes >= too_many_bytes ||
        saved.bytes < saved.count * heap->span_bytes ||
        saved.count > heap->spans.per_segment)
        return false;
    struct segment *segment = spans_add_segment(
        &heap->spans, saved.number, (uint32_t)saved.count, heap->span_bytes);
    if (!segment)
        return false;
    segment->address = saved.address;
    segment->bytes = saved.bytes;
    segment->span_address = saved.span_address;
    for (uint64_t i = 0; i < saved.count; i++)
        if (!take_span(heap, &segment->spans[i], i, saved.count, bytes))
            return false;
    return true;
}

static bool take_huge(struct heap *heap, struct bytes *bytes) {
    uint64_t number, size;
    if (!bytes_varint(bytes, &number) || !bytes_varint(bytes, &size) ||
        size >= too_many_bytes || size < heap->header_bytes)
        return false;
    struct span *span = spans_add_huge(&heap->spans, number, size);
    return span && take_span(heap, span, 0, 1, bytes) &&
           span->place == SPAN_IN_HEAP && span->class_index == TRACE_CLASS_HUGE;
}

// A section of rows.
static bool take_rows(struct heap *heap, struct pack *pack,
                      bool (*take)(struct heap *heap, struct bytes *bytes)) {
    uint8_t *list = NULL;
    size_t size;
    if (!pack_take_array(pack, heap->spans.pool, (void **)&list, &size, 1))
        return false;
    if (size == 0) // and there is no list
        return true;
    struct bytes bytes = {list, list + size};
    bool whole = true;
    while (whole && bytes_left(&bytes) > 0)
        whole = take(heap, &bytes);
    pool_give(heap->spans.pool, list);
    return whole;
}

bool heap_frame_take(struct heap *heap, struct pack *pack,
                     uint64_t most_events) {
    struct saved_heap saved;
    if (!pack_take(pack, &saved, sizeof saved) || saved.events > most_events ||
        saved.most_blocks > saved.events ||
        saved.live_blocks > saved.most_blocks ||
        saved.groups > (uint64_t)SEGMENT_CHUNK * SEGMENT_CHUNKS ||
        saved.bookkeeping_bytes >= too_many_bytes ||
        saved.held >= UINT64_MAX / 4 || saved.run_time > saved.time)
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
    for (uint64_t i = 0; i < saved.groups; i++)
        if (!take_rows(heap, pack, take_segment))
            return false;
    return take_rows(heap, pack, take_huge) &&
           heap->spans.huge_count == saved.huge;
}

// ---- agreeing ----

struct agreeing {
    const struct stacks *stacks;
    bool agree;
};

static void agree_span(struct span *span, void *context) {
    struct agreeing *a = context;
    for (uint32_t i = 0; span->saved && i < span->share_count; i++)
        a->agree &= stacks_has(a->stacks, span->shares[i].stack);
}

bool heap_frame_agrees(const struct replay *replay) {
    const struct heap *heap = &replay->heap;
    const struct sums *sums = &replay->metrics.sums;
    struct agreeing a = {&replay->metrics.stacks, true};
    int64_t parts[PARTS];
    uint64_t live;
    spans_each(&heap->spans, agree_span, &a);
    recount_parts(heap, parts, &live);
    const struct contradictions *told = &replay->metrics.contradictions;
    for (size_t i = 0; i < told->count; i++)
        a.agree &= told->list[i].stack == SLOT_NEVER ||
                   stacks_has(a.stacks, told->list[i].stack);
    return a.agree && !sums->telling && live == heap->live_blocks &&
           live == sums->now.live_blocks &&
           memcmp(parts, sums->now.parts, sizeof parts) == 0 &&
           sums->now.held == (int64_t)heap->held &&
           sums->now.event == heap->events && sums->now.time == heap->time &&
           sums->epoch == heap->time &&
           memcmp(sums->base, sums->now.parts, sizeof sums->base) == 0;
}
