// spans.c - the spans of the recorded heap, found by number.
#include "viewer/heap/spans.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 256 }; // of a span: told of before it has to grow

void spans_start(struct spans *spans, struct pool *pool, uint32_t per_segment) {
    memset(spans, 0, sizeof *spans);
    spans->pool = pool;
    spans->per_segment = per_segment ? per_segment : 1;
    spans->shift = SPANS_NO_SHIFT;
    for (uint32_t i = 0; i < SPANS_NO_SHIFT; i++)
        if (spans->per_segment == UINT32_C(1) << i)
            spans->shift = i;
    spans->chunks =
        pool_zeroed(spans->pool, SEGMENT_CHUNKS, sizeof *spans->chunks);
}

void spans_free(struct spans *spans) {
    for (uint32_t i = 0; i < spans->segment_limit; i++) {
        const struct segment *segment = spans_segment(spans, i);
        if (segment)
            spans_free_segment(spans->pool, segment->spans, segment->count);
    }
    for (size_t i = 0; spans->chunks && i < SEGMENT_CHUNKS; i++)
        pool_give(spans->pool, spans->chunks[i]);
    pool_give(spans->pool, spans->chunks);
    for (size_t i = 0; i < spans->huge_capacity; i++) {
        if (spans->huge[i])
            spans_free_segment(spans->pool, spans->huge[i], 1);
    }
    pool_give(spans->pool, spans->huge);
    if (spans->source)
        spans->source->forget(spans->source);
    pool_give(spans->pool, spans->source);
    memset(spans, 0, sizeof *spans);
}

void spans_put_segment(struct spans *spans, uint64_t number,
                       const struct segment *segment) {
    struct segment **chunk = &spans->chunks[number / SEGMENT_CHUNK];
    if (!*chunk)
        *chunk = pool_zeroed(spans->pool, SEGMENT_CHUNK, sizeof **chunk);
    (*chunk)[number % SEGMENT_CHUNK] = *segment;
    if (number >= spans->segment_limit)
        spans->segment_limit = (uint32_t)number + 1;
}

bool spans_can_add(const struct spans *spans, uint64_t number) {
    return number < (uint64_t)SEGMENT_CHUNK * SEGMENT_CHUNKS &&
           (number + 1) * spans->per_segment <= SPAN_HUGE_BIT &&
           !spans_segment(spans, number);
}

struct segment *spans_add_segment(struct spans *spans, uint64_t number,
                                  uint32_t count, uint32_t span_bytes) {
    if (count == 0 || count > spans->per_segment ||
        !spans_can_add(spans, number))
        return NULL;
    struct segment segment = {
        .spans = pool_zeroed(spans->pool, count, sizeof *segment.spans),
        .count = count};
    for (uint32_t i = 0; i < count; i++) {
        segment.spans[i].number = (uint32_t)number * spans->per_segment + i;
        segment.spans[i].place = SPAN_IN_SEGMENT;
        segment.spans[i].bytes = span_bytes;
        segment.spans[i].run = 1;
    }
    spans_put_segment(spans, number, &segment);
    return spans_segment(spans, number);
}

struct segment spans_take_segment(struct spans *spans, uint64_t number) {
    struct segment *segment = spans_segment(spans, number);
    struct segment taken = *segment;
    *segment = (struct segment){0};
    return taken;
}

void spans_free_segment(struct pool *pool, struct span *spans, uint32_t count) {
    for (uint32_t i = 0; spans && i < count; i++) {
        pool_give(pool, spans[i].slots);
        pool_give(pool, spans[i].shares);
        pool_give(pool, spans[i].written);
    }
    pool_give(pool, spans);
}

static size_t huge_home(const struct spans *spans, uint32_t number) {
    return (number * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
           (spans->huge_capacity - 1);
}

struct span *spans_huge(const struct spans *spans, uint64_t number) {
    if (spans->huge_count == 0 || number > UINT32_MAX)
        return NULL;
    for (size_t i = huge_home(spans, (uint32_t)number); spans->huge[i];
         i = (i + 1) & (spans->huge_capacity - 1))
        if (spans->huge[i]->number == number)
            return spans->huge[i];
    return NULL;
}

static void huge_set(struct spans *spans, struct span *span) {
    size_t i = huge_home(spans, span->number);
    while (spans->huge[i])
        i = (i + 1) & (spans->huge_capacity - 1);
    spans->huge[i] = span;
}

void spans_put_huge(struct spans *spans, struct span *span) {
    if (spans->huge_count * 2 >= spans->huge_capacity) {
        struct span **old = spans->huge;
        size_t old_capacity = spans->huge_capacity;
        spans->huge_capacity = old_capacity ? old_capacity * 2 : 64;
        spans->huge =
            pool_zeroed(spans->pool, spans->huge_capacity, sizeof *spans->huge);
        for (size_t i = 0; i < old_capacity; i++)
            if (old[i])
                huge_set(spans, old[i]);
        pool_give(spans->pool, old);
    }
    huge_set(spans, span);
    spans->huge_count++;
}

struct span *spans_add_huge(struct spans *spans, uint64_t number,
                            uint64_t bytes) {
    if (number < SPAN_HUGE_BIT || number > UINT32_MAX ||
        spans_huge(spans, number))
        return NULL;
    struct span *span = pool_zeroed(spans->pool, 1, sizeof *span);
    span->number = (uint32_t)number;
    span->bytes = bytes;
    span->run = 1;
    spans_put_huge(spans, span);
    return span;
}

void spans_take_huge(struct spans *spans, struct span *span) {
    size_t mask = spans->huge_capacity - 1;
    size_t hole = huge_home(spans, span->number);
    while (spans->huge[hole] != span)
        hole = (hole + 1) & mask;
    spans->huge[hole] = NULL;
    spans->huge_count--;
    // Those that had to step over the hole go back towards their homes.
    for (size_t i = (hole + 1) & mask; spans->huge[i]; i = (i + 1) & mask) {
        struct span *moved = spans->huge[i];
        spans->huge[i] = NULL;
        huge_set(spans, moved);
    }
}

void spans_unpack_slots(const struct spans *spans, struct span *span) {
    span->packed = false;
    if (spans->source->load(spans->source, span))
        return;
    span->live = 0;
    span->used = span->saved = 0;
}

static void unpack_one(struct span *span, void *context) {
    spans_unpack(context, span);
}

void spans_unpack_all(struct spans *spans) {
    if (spans->source)
        spans_each(spans, unpack_one, spans);
}

struct slot *spans_new_slot(struct pool *pool, struct span *span,
                            uint32_t block) {
    if (block >= span->slot_capacity) {
        uint64_t capacity = span->slot_capacity;
        capacity = capacity ? capacity : SLOTS_FIRST;
        while (capacity <= block)
            capacity *= 2;
        if (capacity > span->blocks)
            capacity = span->blocks;
        span->slots =
            pool_resize(pool, span->slots, capacity, sizeof *span->slots);
        span->slot_capacity = (uint32_t)capacity;
    }
    for (; span->touched <= block; span->touched++)
        span->slots[span->touched] =
            (struct slot){.birth = SLOT_FREE, .stack = SLOT_NEVER};
    return &span->slots[block];
}

void spans_each(const struct spans *spans,
                void (*visit)(struct span *span, void *context),
                void *context) {
    for (uint32_t i = 0; i < spans->segment_limit; i++) {
        struct segment *segment = spans_segment(spans, i);
        for (uint32_t j = 0; segment && j < segment->count; j++)
            visit(&segment->spans[j], context);
    }
    for (size_t i = 0; i < spans->huge_capacity; i++)
        if (spans->huge[i])
            visit(spans->huge[i], context);
}
