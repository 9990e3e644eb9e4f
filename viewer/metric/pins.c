// pins.c - whose live blocks keep free memory from being given back.
#include "viewer/metric/pins.h"

#include <stdlib.h>
#include <string.h>

// One span with live blocks, and the groups it holds, pairs[first .. + count).
struct pinned_span {
    uint64_t bytes;
    size_t first;
    uint32_t count;
    uint32_t open;     // groups that are not in the set yet (together)
    uint32_t open_xor; // of these groups' numbers: the last one, when open is 1
};

struct alone_blocks {
    uint32_t group;
    uint32_t blocks_per_span;
    uint64_t span_bytes; // that a new span would have
    uint64_t held_bytes; // of the span as it is
    uint32_t blocks;
};

struct collect {
    struct pins *pins;
    const struct stacks *stacks;
    const uint32_t *group_of_stack;
    uint32_t *count; // by group, of the span at hand; zero between spans
    uint32_t *pairs; // groups
    size_t pair_count, pair_capacity;
    struct pinned_span *spans;
    size_t span_count, span_capacity;
    struct alone_blocks *alone;
    size_t alone_count, alone_capacity;
};

// Some live blocks of one stack in the span at hand.
static inline void add_blocks(struct collect *c, uint32_t stack,
                              uint32_t blocks) {
    uint32_t group = c->group_of_stack[stacks_find(c->stacks, stack)];
    bool known = c->count[group] > 0;
    c->count[group] += blocks;
    if (known)
        return;
    c->pairs = pool_grow(c->pins->pool, c->pairs, c->pair_count,
                         &c->pair_capacity, sizeof *c->pairs);
    c->pairs[c->pair_count++] = group;
}

static void collect_span(struct span *span, void *context) {
    struct collect *c = context;
    if (span->place != SPAN_IN_HEAP || span->block_bytes == 0 ||
        span->live == 0)
        return;
    size_t first = c->pair_count;
    for (uint32_t i = 0; span->saved && i < span->share_count; i++)
        add_blocks(c, span->shares[i].stack, span->shares[i].blocks);
    for (uint32_t i = 0; !span->saved && i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            add_blocks(c, span->slots[i].stack, 1);
    uint64_t bytes = span_pinned(span);
    uint32_t groups = (uint32_t)(c->pair_count - first), all = 0;
    c->pins->total += bytes;
    for (size_t i = first; i < c->pair_count; i++) {
        uint32_t group = c->pairs[i];
        struct pin *pin = &c->pins->groups[group];
        pin->share += (double)bytes * c->count[group] / span->live;
        pin->spans++;
        if (groups == 1) {
            pin->alone += bytes;
            pin->alone_spans++;
            c->alone = pool_grow(c->pins->pool, c->alone, c->alone_count,
                                 &c->alone_capacity, sizeof *c->alone);
            c->alone[c->alone_count++] = (struct alone_blocks){
                group, span->blocks, span->bytes,
                span->bytes - span->decommitted, span->live};
        }
        c->count[group] = 0;
        all ^= group;
    }
    c->spans = pool_grow(c->pins->pool, c->spans, c->span_count,
                         &c->span_capacity, sizeof *c->spans);
    c->spans[c->span_count++] =
        (struct pinned_span){bytes, first, groups, groups, all};
}

static int compare_alone(const void *left, const void *right) {
    const struct alone_blocks *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->blocks_per_span != b->blocks_per_span)
        return a->blocks_per_span < b->blocks_per_span ? -1 : 1;
    return 0;
}

static void work_out_moves(struct collect *c) {
    if (c->alone_count == 0)
        return;
    qsort(c->alone, c->alone_count, sizeof *c->alone, compare_alone);
    for (size_t i = 0, end; i < c->alone_count; i = end) {
        uint64_t blocks = 0, held = 0;
        for (end = i; end < c->alone_count &&
                      compare_alone(&c->alone[i], &c->alone[end]) == 0;
             end++) {
            blocks += c->alone[end].blocks;
            held += c->alone[end].held_bytes;
        }
        uint64_t per_span = c->alone[i].blocks_per_span;
        uint64_t needed = (blocks + per_span - 1) / per_span;
        c->pins->groups[c->alone[i].group].moved +=
            (int64_t)held - (int64_t)(needed * c->alone[i].span_bytes);
    }
}

static void find_together(struct collect *c) {
    struct pins *pins = c->pins;
    uint64_t *gain = pool_get(pins->pool, pins->group_count * sizeof *gain);
    char *taken = pool_zeroed(pins->pool, pins->group_count, 1);
    uint64_t freed = 0;
    pins->together =
        pool_get(pins->pool, PINS_TOGETHER * sizeof *pins->together);
    while (pins->together_count < PINS_TOGETHER) {
        memset(gain, 0, pins->group_count * sizeof *gain);
        for (size_t i = 0; i < c->span_count; i++)
            if (c->spans[i].open == 1)
                gain[c->spans[i].open_xor] += c->spans[i].bytes;
        size_t best = pins->group_count;
        for (size_t g = 0; g < pins->group_count; g++) {
            if (taken[g] || pins->groups[g].spans == 0)
                continue;
            if (best == pins->group_count || gain[g] > gain[best] ||
                (gain[g] == gain[best] &&
                 pins->groups[g].share > pins->groups[best].share))
                best = g;
        }
        if (best == pins->group_count)
            break;
        taken[best] = 1;
        freed += gain[best];
        pins->together[pins->together_count++] =
            (struct pins_together){(uint32_t)best, freed};
        for (size_t i = 0; i < c->span_count; i++) {
            struct pinned_span *span = &c->spans[i];
            for (size_t j = span->first; j < span->first + span->count; j++)
                if (c->pairs[j] == best) {
                    span->open--;
                    span->open_xor ^= (uint32_t)best;
                }
        }
    }
    pool_give(pins->pool, gain);
    pool_give(pins->pool, taken);
}

void pins_compute(struct pins *pins, const struct heap *heap,
                  const struct stacks *stacks, const uint32_t *group_of_stack,
                  size_t group_count) {
    struct collect c = {
        .pins = pins, .stacks = stacks, .group_of_stack = group_of_stack};
    *pins = (struct pins){.pool = heap->spans.pool};
    pins->group_count = group_count;
    pins->groups = pool_zeroed(pins->pool, group_count, sizeof *pins->groups);
    c.count = pool_zeroed(pins->pool, group_count, sizeof *c.count);
    spans_each(&heap->spans, collect_span, &c);
    work_out_moves(&c);
    find_together(&c);
    pool_give(pins->pool, c.count);
    pool_give(pins->pool, c.pairs);
    pool_give(pins->pool, c.spans);
    pool_give(pins->pool, c.alone);
}

void pins_free(struct pins *pins) {
    pool_give(pins->pool, pins->groups);
    pool_give(pins->pool, pins->together);
    memset(pins, 0, sizeof *pins);
}
