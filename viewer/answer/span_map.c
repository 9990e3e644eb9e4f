// span_map.c - the spans of an answer one by one: what is in them, and who
// keeps them.
#include "viewer/answer/span_map.h"

#include <stdlib.h>
#include <string.h>

#include "instrument/format/trace_format.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/state.h"

static uint8_t kind_of(const struct span *span) {
    switch (span->place) {
    case SPAN_IN_HEAP:
        return span->block_bytes == 0 ? SPAN_OF_LARGE
               : span->live > 0       ? SPAN_OF_BLOCKS
               : span->deferred > 0   ? SPAN_WAITS
                                      : SPAN_KEPT_EMPTY;
    case SPAN_IN_RUN:
        return SPAN_MORE_LARGE;
    case SPAN_IN_THREAD:
        return SPAN_THREAD_CACHE;
    case SPAN_IN_GLOBAL:
        return SPAN_GLOBAL_CACHE;
    default:
        return SPAN_UNUSED;
    }
}

struct filling {
    struct answer *answer;
    const struct spans *spans;
    size_t capacity;
};

static void add_span(struct span *span, void *context) {
    struct filling *f = context;
    struct answer *a = f->answer;
    bool huge = span->number >= SPAN_HUGE_BIT;
    uint32_t segment = spans_segment_of(f->spans, span->number);
    a->spans = pool_grow(&a->state->pool, a->spans, a->span_count, &f->capacity,
                         sizeof *a->spans);
    a->spans[a->span_count++] = (struct answer_span){
        .number = span->number,
        .segment = huge ? ANSWER_NONE : segment,
        .index = huge ? 0 : span->number - segment * f->spans->per_segment,
        .kind = kind_of(span),
        .class_index = span->class_index,
        .heap = span->heap,
        .run = span->place == SPAN_IN_RUN ? 1 : span->run,
        .blocks = span->blocks,
        .live = span->live,
        .deferred = span->deferred,
        .block_bytes = span->block_bytes,
        .bytes = span->bytes,
        .gone_bytes = span->decommitted,
        .used_bytes = span->used,
        .free_bytes = span_pinned(span),
        .site = ANSWER_NONE};
}

static int compare_numbers(const void *left, const void *right) {
    const struct answer_span *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

void span_map_fill(struct answer *a) {
    struct filling f = {a, &a->state->now->heap.spans, 0};
    spans_each(f.spans, add_span, &f);
    if (a->span_count > 0) // huge ones came in no order
        qsort(a->spans, a->span_count, sizeof *a->spans, compare_numbers);
}

size_t span_map_find(const struct answer *a, uint32_t number) {
    size_t from = 0, to = a->span_count - 1;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (a->spans[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

size_t span_segment(const struct answer *a, size_t span, size_t *count) {
    uint32_t segment = a->spans[span].segment;
    size_t first = span, end = span + 1;
    if (segment != ANSWER_NONE) {
        while (first > 0 && a->spans[first - 1].segment == segment)
            first--;
        while (end < a->span_count && a->spans[end].segment == segment)
            end++;
    }
    *count = end - first;
    return first;
}

// ---- blocks ----

// With its blocks in memory.
static struct span *find(const struct answer *a, size_t index) {
    const struct spans *spans = &a->state->now->heap.spans;
    struct span *span = spans_find(spans, a->spans[index].number);
    spans_unpack(spans, span);
    return span;
}

static uint32_t site_of(const struct answer_state *state, uint32_t stack) {
    return stack == SLOT_NEVER ? ANSWER_NONE
                               : state->site_of_stack[stacks_find(
                                     &state->now->metrics.stacks, stack)];
}

static void list_blocks(struct answer *a, size_t index, size_t *count) {
    struct answer_state *state = a->state;
    const struct span *span = find(a, index);
    pool_give(&state->pool, state->blocks);
    state->blocks = NULL;
    state->blocks =
        pool_zeroed(&state->pool, span->blocks, sizeof *state->blocks);
    for (uint32_t i = 0; i < span->blocks; i++) {
        struct answer_block *block = &state->blocks[i];
        *block = (struct answer_block){.number = i, .site = ANSWER_NONE};
        if (i >= span->touched)
            continue;
        const struct slot *slot = &span->slots[i];
        block->live = slot->birth != SLOT_FREE;
        block->other = block->live && !live_block_passes(a, span, i);
        block->site = site_of(state, slot->stack);
        if (!block->live)
            continue;
        block->wanted = span_wanted(span, i);
        block->birth_ns = heap_ns(&state->now->heap, slot->birth);
    }
    *count = span->blocks;
}

// Runs `work`; what it wants of memory in vain leaves nothing.
#define TRY(a, work, count)                                                    \
    do {                                                                       \
        jmp_buf out;                                                           \
        if (pool_try(&(a)->state->pool, out))                                  \
            work;                                                              \
        else                                                                   \
            *(count) = 0;                                                      \
        pool_done(&(a)->state->pool);                                          \
    } while (0)

const struct answer_block *span_blocks(struct answer *a, size_t span,
                                       size_t *count) {
    *count = 0;
    TRY(a, list_blocks(a, span, count), count);
    return a->state->blocks;
}

// ---- whose they are ----

static int compare_tenants(const void *left, const void *right) {
    const struct answer_tenant *a = left, *b = right;
    if (a->blocks != b->blocks)
        return a->blocks > b->blocks ? -1 : 1;
    return (a->site > b->site) - (a->site < b->site);
}

// state->tenant_of[site] is 0 between calls.
static void list_tenants(struct answer *a, size_t first, size_t spans,
                         size_t *count) {
    struct answer_state *state = a->state;
    if (!state->tenant_of) {
        state->tenants =
            pool_get(&state->pool, state->site_total * sizeof *state->tenants);
        state->tenant_of = pool_zeroed(&state->pool, state->site_total,
                                       sizeof *state->tenant_of);
    }
    size_t found = 0;
    for (size_t i = first; i < first + spans; i++) {
        const struct span *span = find(a, i);
        for (uint32_t j = 0; span->live > 0 && j < span->touched; j++) {
            if (span->slots[j].birth == SLOT_FREE ||
                !live_block_passes(a, span, j))
                continue;
            uint32_t site = site_of(state, span->slots[j].stack);
            if (state->tenant_of[site] == 0) {
                state->tenants[found] = (struct answer_tenant){.site = site};
                state->tenant_of[site] = (uint32_t)++found;
            }
            struct answer_tenant *tenant =
                &state->tenants[state->tenant_of[site] - 1];
            tenant->blocks++;
            tenant->bytes += span_wanted(span, j);
        }
    }
    for (size_t i = 0; i < found; i++)
        state->tenant_of[state->tenants[i].site] = 0;
    if (found > 1)
        qsort(state->tenants, found, sizeof *state->tenants, compare_tenants);
    *count = found;
}

const struct answer_tenant *span_tenants(struct answer *a, size_t first,
                                         size_t count, size_t *tenants) {
    *tenants = 0;
    TRY(a, list_tenants(a, first, count, tenants), tenants);
    return a->state->tenants;
}

const struct answer_span *span_look_at(struct answer *a, size_t index) {
    struct answer_span *to = &a->spans[index];
    size_t count;
    if (to->looked_at)
        return to;
    to->looked_at = true;
    const struct answer_tenant *tenants = span_tenants(a, index, 1, &count);
    if (count == 0)
        return to;
    to->site = tenants[0].site;
    const struct span *span = find(a, index); // its blocks are there now
    const struct heap *heap = &a->state->now->heap;
    uint64_t oldest = UINT64_MAX, newest = 0;
    for (uint32_t i = 0; span->live > 0 && i < span->touched; i++) {
        uint64_t birth = span->slots[i].birth;
        if (birth == SLOT_FREE || !live_block_passes(a, span, i))
            continue;
        oldest = birth < oldest ? birth : oldest;
        newest = birth > newest ? birth : newest;
    }
    if (oldest <= newest) {
        to->oldest_ns = heap_ns(heap, oldest);
        to->newest_ns = heap_ns(heap, newest);
    }
    return to;
}
