// pins.c - whose live blocks keep free memory in their spans.
#include "viewer/metric/pins.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/metric/own_heap.h"

// Live blocks of one group in one span.
struct tenant {
    uint32_t group, blocks;
};

// A span with live blocks, and its tenants [first .. + count).
struct tenanted {
    size_t first;
    uint32_t count;
    uint32_t segment; // NO_SEGMENT: a huge block
    uint32_t blocks, live;
    uint32_t block_bytes; // 0: large or huge
    uint8_t class_index;
    uint64_t bytes; // a new one would have
    uint64_t held;  // of the span, or of its run
    uint64_t used;  // of blocks in it, with rounding
};
enum { NO_SEGMENT = UINT32_MAX, CLASSES_OF_SPANS = 256 };

struct collect {
    struct pins *pins;
    const struct heap *heap;
    const uint32_t *group_of_stack;
    uint32_t *count; // by group, of the span at hand; zero between spans
    struct tenant *tenants;
    size_t tenant_count, tenant_capacity;
    struct tenanted *spans;
    size_t span_count, span_capacity;
    struct levers units; // one for each of these with blocks of a class
};

// ---- whose the blocks of each span are ----

static inline void find_blocks(struct pins_tenants *t, uint32_t node,
                               uint32_t blocks) {
    uint32_t stack = stacks_find(t->stacks, node);
    bool known = t->blocks[stack] > 0;
    t->blocks[stack] += blocks;
    if (known)
        return;
    t->list =
        pool_grow(t->pool, t->list, t->count, &t->capacity, sizeof *t->list);
    t->list[t->count++] = (struct pins_tenant){.stack = stack};
}

static void find_tenants(struct span *span, void *context) {
    struct pins_tenants *t = context;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    size_t first = t->count;
    for (uint32_t i = 0; span->saved && i < span->share_count; i++)
        find_blocks(t, span->shares[i].stack, span->shares[i].blocks);
    for (uint32_t i = 0; !span->saved && i < span->touched; i++)
        if (span->slots[i].birth != SLOT_FREE)
            find_blocks(t, span->slots[i].stack, 1);
    for (size_t i = first; i < t->count; i++) {
        t->list[i].blocks = t->blocks[t->list[i].stack];
        t->blocks[t->list[i].stack] = 0;
    }
    t->spans = pool_grow(t->pool, t->spans, t->span_count, &t->span_capacity,
                         sizeof *t->spans);
    t->spans[t->span_count++] =
        (struct pins_tenanted){span, first, (uint32_t)(t->count - first)};
}

void pins_tenants_find(struct pins_tenants *tenants, const struct heap *heap,
                       const struct stacks *stacks) {
    *tenants =
        (struct pins_tenants){.pool = heap->spans.pool, .stacks = stacks};
    tenants->blocks =
        pool_zeroed(tenants->pool, stacks->count, sizeof *tenants->blocks);
    spans_each(&heap->spans, find_tenants, tenants);
}

void pins_tenants_free(struct pins_tenants *tenants) {
    pool_give(tenants->pool, tenants->list);
    pool_give(tenants->pool, tenants->spans);
    pool_give(tenants->pool, tenants->blocks);
    *tenants = (struct pins_tenants){.pool = NULL};
}

// ---- by groups ----

// Some live blocks of one stack in the span at hand.
static inline void add_blocks(struct collect *c, uint32_t stack,
                              uint32_t blocks) {
    uint32_t group = c->group_of_stack[stack];
    bool known = c->count[group] > 0;
    c->count[group] += blocks;
    if (known)
        return;
    c->tenants = pool_grow(c->pins->pool, c->tenants, c->tenant_count,
                           &c->tenant_capacity, sizeof *c->tenants);
    c->tenants[c->tenant_count++] = (struct tenant){.group = group};
}

static uint64_t run_decommitted(const struct span *span) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < span->run; i++)
        bytes += span[i].decommitted;
    return bytes;
}

// The P of a span goes to its tenants.
static void share_out(struct collect *c, const struct tenanted *span,
                      uint64_t bytes) {
    c->pins->total += bytes;
    levers_unit(&c->units, bytes);
    for (size_t i = span->first; i < span->first + span->count; i++) {
        struct pin *pin = &c->pins->groups[c->tenants[i].group];
        pin->share += (double)bytes * c->tenants[i].blocks / span->live;
        pin->spans++;
        if (span->count == 1) {
            pin->alone += bytes;
            pin->alone_spans++;
        }
        levers_group(&c->units, c->tenants[i].group);
    }
}

static void collect_span(struct collect *c, const struct span *span,
                         const struct pins_tenant *tenants, uint32_t count) {
    size_t first = c->tenant_count;
    for (uint32_t i = 0; i < count; i++)
        add_blocks(c, tenants[i].stack, tenants[i].blocks);
    for (size_t i = first; i < c->tenant_count; i++) {
        struct tenant *tenant = &c->tenants[i];
        tenant->blocks = c->count[tenant->group];
        c->count[tenant->group] = 0;
    }
    bool is_huge = span->number >= SPAN_HUGE_BIT;
    uint64_t bytes = span_run_bytes(span);
    struct tenanted found = {
        .first = first,
        .count = (uint32_t)(c->tenant_count - first),
        .segment = is_huge ? NO_SEGMENT
                           : spans_segment_of(&c->heap->spans, span->number),
        .blocks = span->blocks,
        .live = span->live,
        .block_bytes = span->block_bytes,
        .class_index = span->class_index,
        .bytes = bytes,
        .held = bytes - run_decommitted(span),
        .used = span->block_bytes ? (uint64_t)span->live * span->block_bytes
                                  : span->used};
    c->spans = pool_grow(c->pins->pool, c->spans, c->span_count,
                         &c->span_capacity, sizeof *c->spans);
    c->spans[c->span_count++] = found;
    if (found.count == 1)
        c->pins->groups[c->tenants[first].group].alone_held += found.held;
    if (span->block_bytes > 0)
        share_out(c, &found, span_pinned(span));
}

// ---- if moved ----

struct alone {
    uint32_t group;
    uint8_t class_index;
    const struct tenanted *span;
};

static int compare_alone(const void *left, const void *right) {
    const struct alone *a = left, *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (int)a->class_index - (int)b->class_index;
}

// Free blocks of a span that stays, half full and more.
static uint64_t room_of(const struct tenanted *span) {
    return span->live * 2 >= span->blocks ? span->blocks - span->live : 0;
}

// What those of one group and class save, alone[first .. end).
static uint64_t saved_by_move(const struct alone *alone, size_t count,
                              uint64_t room) {
    const struct tenanted *span = alone->span;
    uint64_t blocks = 0, held = 0, per_span = span->blocks;
    for (size_t i = 0; i < count; i++) {
        blocks += alone[i].span->live;
        held += alone[i].span->held;
        room -= room_of(alone[i].span);
    }
    blocks = blocks > room ? blocks - room : 0;
    uint64_t needed = (blocks + per_span - 1) / per_span * span->bytes;
    return held > needed ? held - needed : 0;
}

static void work_out_moves(struct collect *c) {
    struct alone *alone =
        pool_get(c->pins->pool, (c->span_count + 1) * sizeof *alone);
    uint64_t room[CLASSES_OF_SPANS] = {0};
    size_t count = 0;
    for (size_t i = 0; i < c->span_count; i++) {
        const struct tenanted *span = &c->spans[i];
        if (span->block_bytes == 0)
            continue;
        room[span->class_index] += room_of(span);
        if (span->count == 1)
            alone[count++] = (struct alone){c->tenants[span->first].group,
                                            span->class_index, span};
    }
    if (count > 0)
        qsort(alone, count, sizeof *alone, compare_alone);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1;
             end < count && compare_alone(&alone[i], &alone[end]) == 0;)
            end++;
        c->pins->groups[alone[i].group].moved +=
            saved_by_move(&alone[i], end - i, room[alone[i].class_index]);
    }
    pool_give(c->pins->pool, alone);
}

// ---- segments ----

struct segments {
    struct levers units;
    uint32_t *numbers; // by unit
    double *share;     // by group
    double *weight;    // by group, of the segment at hand
};

// Bytes of it that are held and were never used.
static uint64_t never_used(const struct heap *heap,
                           const struct segment *segment) {
    uint64_t bytes =
        segment->bytes - (uint64_t)segment->count * heap->span_bytes;
    for (uint32_t i = 0; i < segment->count; i++)
        if (segment->spans[i].place == SPAN_IN_SEGMENT)
            bytes += segment->spans[i].bytes - segment->spans[i].decommitted;
    return bytes;
}

// One segment's spans, spans[first .. end).
static void add_segment(struct collect *c, struct segments *all, size_t first,
                        size_t end) {
    uint32_t number = c->spans[first].segment;
    const struct segment *segment = spans_segment(&c->heap->spans, number);
    uint64_t bytes = segment->bytes, used = 0;
    for (uint32_t i = 0; i < segment->count; i++)
        bytes -= segment->spans[i].decommitted;
    for (size_t i = first; i < end; i++)
        used += c->spans[i].used;
    bytes = bytes > used ? bytes - used : 0;
    uint64_t unused = never_used(c->heap, segment);
    all->numbers[all->units.unit_count] = number;
    levers_unit(&all->units, bytes);
    size_t tenants = c->spans[end - 1].first + c->spans[end - 1].count;
    for (size_t i = first; i < end; i++)
        for (uint32_t j = 0; j < c->spans[i].count; j++) {
            const struct tenant *tenant = &c->tenants[c->spans[i].first + j];
            if (all->weight[tenant->group] == 0)
                levers_group(&all->units, tenant->group);
            all->weight[tenant->group] +=
                (double)tenant->blocks / c->spans[i].live;
        }
    if (all->units.units[all->units.unit_count - 1].count == 1)
        c->pins->groups[c->tenants[c->spans[first].first].group].alone_unused +=
            unused;
    for (size_t i = c->spans[first].first; i < tenants; i++) {
        uint32_t group = c->tenants[i].group;
        all->share[group] +=
            (double)bytes * all->weight[group] / (double)(end - first);
        all->weight[group] = 0;
    }
}

static void collect_segments(struct collect *c, struct segments *all) {
    size_t groups = c->pins->group_count;
    all->units.pool = c->pins->pool;
    all->numbers =
        pool_get(c->pins->pool, (c->span_count + 1) * sizeof *all->numbers);
    all->share = pool_zeroed(c->pins->pool, groups + 1, sizeof *all->share);
    all->weight = pool_zeroed(c->pins->pool, groups + 1, sizeof *all->weight);
    for (size_t i = 0, end; i < c->span_count; i = end) {
        for (end = i + 1; end < c->span_count &&
                          c->spans[end].segment == c->spans[i].segment;)
            end++;
        if (c->spans[i].segment != NO_SEGMENT)
            add_segment(c, all, i, end);
    }
}

// ---- levers ----

// What becomes free without the groups, and what they take elsewhere.
static void work_out(struct collect *c, const struct segments *all,
                     struct pins_lever *of) {
    struct pool *pool = c->pins->pool;
    char *in = pool_zeroed(pool, c->pins->group_count + 1, 1);
    struct own_heap own = {.span_bytes = c->heap->span_bytes};
    for (size_t i = 0; i < of->lever.count; i++)
        in[of->lever.groups[i]] = 1;
    for (size_t i = 0; i < c->span_count; i++) {
        const struct tenanted *span = &c->spans[i];
        uint32_t theirs = 0;
        for (size_t j = span->first; j < span->first + span->count; j++)
            if (in[c->tenants[j].group])
                theirs += c->tenants[j].blocks;
        if (theirs == 0)
            continue;
        of->blocks += theirs;
        of->block_bytes += span->used / span->live * theirs;
        own_heap_add(&own, span->class_index,
                     span->block_bytes ? span->blocks : 0, theirs, span->bytes);
        if (theirs < span->live)
            continue;
        of->spans++;
        of->held += span->held;
    }
    for (size_t i = 0; i < all->units.unit_count; i++) {
        const struct segment *segment =
            spans_segment(&c->heap->spans, all->numbers[i]);
        if (!levers_frees(&all->units, i, in))
            continue;
        of->segment_held += segment->bytes;
        of->segment_unused += never_used(c->heap, segment);
        for (uint32_t j = 0; j < segment->count; j++)
            of->segment_held -= segment->spans[j].decommitted;
    }
    of->own_spans = own_heap_spans(&own) * own.span_bytes;
    of->own_heap = own_heap_bytes(&own);
    pool_give(pool, in);
}

static void find_levers(struct collect *c) {
    struct pins *pins = c->pins;
    struct segments all = {.numbers = NULL};
    double *share =
        pool_zeroed(pins->pool, pins->group_count + 1, sizeof *share);
    for (size_t i = 0; i < pins->group_count; i++)
        share[i] = pins->groups[i].share;
    collect_segments(c, &all);
    levers_find(&c->units, share, pins->group_count, &pins->span.lever);
    levers_find(&all.units, all.share, pins->group_count, &pins->segment.lever);
    work_out(c, &all, &pins->span);
    work_out(c, &all, &pins->segment);
    levers_free(&all.units);
    pool_give(pins->pool, all.numbers);
    pool_give(pins->pool, all.share);
    pool_give(pins->pool, all.weight);
    pool_give(pins->pool, share);
}

void pins_compute(struct pins *pins, const struct heap *heap,
                  const struct pins_tenants *tenants,
                  const uint32_t *group_of_stack, size_t group_count) {
    struct collect c = {
        .pins = pins, .heap = heap, .group_of_stack = group_of_stack};
    *pins = (struct pins){.pool = heap->spans.pool};
    pins->group_count = group_count;
    pins->groups = pool_zeroed(pins->pool, group_count, sizeof *pins->groups);
    c.units.pool = pins->pool;
    c.count = pool_zeroed(pins->pool, group_count, sizeof *c.count);
    for (size_t i = 0; i < tenants->span_count; i++) {
        const struct pins_tenanted *of = &tenants->spans[i];
        collect_span(&c, of->span, &tenants->list[of->first], of->count);
    }
    work_out_moves(&c);
    find_levers(&c);
    pool_give(pins->pool, c.count);
    pool_give(pins->pool, c.tenants);
    pool_give(pins->pool, c.spans);
    levers_free(&c.units);
}

void pins_free(struct pins *pins) {
    pool_give(pins->pool, pins->groups);
    memset(pins, 0, sizeof *pins);
}
