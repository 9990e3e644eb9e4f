// filtered.c - an answer of the blocks that its filter lets pass.
#include "viewer/answer/filtered.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "viewer/answer/block_filter.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/span_map.h"
#include "viewer/answer/state.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/heap/parts.h"

static uint64_t taken_by(const struct heap *heap, const struct span *span,
                         uint64_t wanted) {
    return span->block_bytes > 0
               ? span->block_bytes
               : parts_large_taken(span_run_bytes(span), wanted,
                                   heap->header_bytes);
}

// ---- stacks, sites and their pins ----

// Live blocks of each group in the span at hand.
struct groups {
    struct pins *pins;
    uint32_t *count;  // by group; 0 between spans
    uint32_t *listed; // that are not 0
    size_t listed_count;
    double share; // of all spans
};

static void start_groups(struct groups *g, struct pins *pins, struct pool *pool,
                         size_t count) {
    *pins = (struct pins){.pool = pool, .group_count = count};
    pins->groups = pool_zeroed(pool, count, sizeof *pins->groups);
    *g = (struct groups){.pins = pins,
                         .count = pool_zeroed(pool, count, sizeof *g->count),
                         .listed = pool_get(pool, count * sizeof *g->listed)};
}

static void add_to_group(struct groups *g, uint32_t group) {
    if (g->count[group]++ == 0)
        g->listed[g->listed_count++] = group;
}

static void end_span(struct groups *g, const struct span *span) {
    uint64_t pinned = span_pinned(span);
    for (size_t i = 0; i < g->listed_count; i++) {
        uint32_t group = g->listed[i], blocks = g->count[group];
        struct pin *pin = &g->pins->groups[group];
        g->count[group] = 0;
        if (span->block_bytes == 0)
            continue;
        double share = (double)pinned * blocks / span->live;
        pin->share += share;
        g->share += share;
        pin->spans++;
        if (blocks == span->live) {
            pin->alone += pinned;
            pin->alone_spans++;
        }
    }
    g->listed_count = 0;
}

static void end_groups(struct groups *g) {
    g->pins->total = (uint64_t)(g->share + 0.5);
    pool_give(g->pins->pool, g->count);
    pool_give(g->pins->pool, g->listed);
}

struct by_stack {
    struct answer *answer;
    struct filtered_stack *live;
    struct groups stacks, sites;
    const struct span *span; // at hand
};

static void count_stack(const struct answer_live_block *block,
                        const struct span *span, uint32_t stack,
                        void *context) {
    struct by_stack *b = context;
    const struct answer_state *state = b->answer->state;
    if (b->span && b->span != span) {
        end_span(&b->stacks, b->span);
        end_span(&b->sites, b->span);
    }
    b->span = span;
    uint32_t index = stacks_find(&state->now->metrics.stacks, stack);
    b->live[index].blocks++;
    b->live[index].bytes += block->bytes;
    b->live[index].taken += taken_by(&state->now->heap, span, block->bytes);
    add_to_group(&b->stacks, index);
    add_to_group(&b->sites, state->site_of_stack[index]);
}

void filtered_stacks(struct answer *a, struct filtered_stack *live,
                     struct pins *by_stack, size_t stack_count,
                     struct pins *by_site, size_t site_count) {
    struct pool *pool = a->state->now->heap.spans.pool;
    struct by_stack b = {.answer = a, .live = live};
    memset(live, 0, stack_count * sizeof *live);
    start_groups(&b.stacks, by_stack, pool, stack_count);
    start_groups(&b.sites, by_site, pool, site_count);
    live_blocks_each(a, count_stack, &b);
    if (b.span) {
        end_span(&b.stacks, b.span);
        end_span(&b.sites, b.span);
    }
    end_groups(&b.stacks);
    end_groups(&b.sites);
}

bool filtered_keeps_site(const struct answer *a, const struct site *site) {
    const struct answer_live_block of_it = {.where = site};
    return a->filter->of_sites && a->filter->holds(a->filter, &of_it);
}

// ---- all that is not by stack ----

struct filling {
    struct answer *answer;
    const struct span *span; // at hand
    uint64_t live;           // blocks there
    struct answer_class *classes[256];
    struct answer_heap **heaps; // by number
    size_t heap_limit;
    struct moment now;
};

static struct answer_span *map_span(struct answer *a, uint32_t number) {
    return &a->spans[span_map_find(a, number)]; // each one of the heap is there
}

// Part of what is free in the span, as many blocks of all as count.
static uint64_t part_of(uint64_t bytes, uint64_t blocks, uint64_t all) {
    return (uint64_t)((double)bytes * (double)blocks / (double)all);
}

static void finish_span(struct filling *f) {
    const struct span *span = f->span;
    const struct heap *heap = &f->answer->state->now->heap;
    int64_t parts[PARTS];
    if (!span)
        return;
    parts_of_span(span, heap->header_bytes, parts);
    uint64_t free_bytes =
        parts[PART_SPAN_FREE] > 0
            ? part_of((uint64_t)parts[PART_SPAN_FREE], f->live, span->live)
            : 0;
    struct answer_span *on_map = map_span(f->answer, span->number);
    on_map->live = (uint32_t)f->live;
    on_map->free_bytes = part_of(span_pinned(span), f->live, span->live);
    struct answer_class *class = f->classes[span->class_index];
    class->spans += span->run;
    class->free_bytes += free_bytes;
    if (span->number < SPAN_HUGE_BIT && span->heap < f->heap_limit &&
        f->heaps[span->heap]) {
        f->heaps[span->heap]->free_bytes += free_bytes;
        f->heaps[span->heap]->spans += span->run;
    }
    f->now.part_bytes[PART_SPAN_FREE] += free_bytes;
    f->answer->spans_used += span->run;
    f->span = NULL;
    f->live = 0;
}

static void count_block(const struct answer_live_block *block,
                        const struct span *span, uint32_t stack,
                        void *context) {
    struct filling *f = context;
    const struct heap *heap = &f->answer->state->now->heap;
    uint64_t rounding = taken_by(heap, span, block->bytes) - block->bytes;
    (void)stack;
    if (f->span != span)
        finish_span(f);
    f->span = span;
    f->live++;
    map_span(f->answer, span->number)->used_bytes += block->bytes;
    struct answer_class *class = f->classes[span->class_index];
    class->live_blocks++;
    class->used_bytes += block->bytes;
    class->rounding_bytes += rounding;
    if (span->number < SPAN_HUGE_BIT && span->heap < f->heap_limit &&
        f->heaps[span->heap])
        f->heaps[span->heap]->used_bytes += block->bytes;
    for (size_t i = 0; i < f->answer->tag_count; i++) {
        struct answer_tag *tag = &f->answer->tags[i];
        if (tag->name == block->tag ||
            (tag->name && block->tag && strcmp(tag->name, block->tag) == 0)) {
            tag->live_blocks++;
            tag->live_bytes += block->bytes;
            break;
        }
    }
    f->now.live_blocks++;
    f->now.part_bytes[PART_USED] += block->bytes;
    f->now.part_bytes[PART_ROUNDING] += rounding;
}

// What is of the filter begins at nothing.
static void clear(struct filling *f) {
    struct answer *a = f->answer;
    for (size_t i = 0; i < a->class_count; i++) {
        struct answer_class *class = &a->classes[i];
        f->classes[class->index] = class;
        *class =
            (struct answer_class){.index = class->index,
                                  .block_bytes = class->block_bytes,
                                  .blocks_per_span = class->blocks_per_span};
    }
    for (size_t i = 0; i < a->heap_count; i++)
        if (a->heaps[i].number >= f->heap_limit)
            f->heap_limit = (size_t)a->heaps[i].number + 1;
    f->heaps = pool_zeroed(&a->state->pool, f->heap_limit, sizeof *f->heaps);
    for (size_t i = 0; i < a->heap_count; i++) {
        struct answer_heap *heap = &a->heaps[i];
        f->heaps[heap->number] = heap;
        heap->used_bytes = heap->free_bytes = heap->spans = 0;
        heap->held_bytes = heap->deferred_bytes = heap->cache_bytes = 0;
    }
    for (size_t i = 0; i < a->span_count; i++) {
        struct answer_span *span = &a->spans[i];
        span->live = span->deferred = 0;
        span->used_bytes = span->free_bytes = span->gone_bytes = 0;
    }
    for (size_t i = 0; i < a->tag_count; i++)
        a->tags[i] = (struct answer_tag){.name = a->tags[i].name};
    a->spans_used = 0;
    a->finding_count = 0; // they are of all blocks
}

static void keep_classes_with_blocks(struct answer *a) {
    size_t kept = 0;
    for (size_t i = 0; i < a->class_count; i++)
        if (a->classes[i].live_blocks > 0)
            a->classes[kept++] = a->classes[i];
    a->class_count = kept;
}

// What stands for the verdict, which is of all blocks.
static void say(struct answer *a, uint64_t used_by_all) {
    struct answer_state *state = a->state;
    uint64_t used = a->now.part_bytes[PART_USED];
    char only[256];
    escape_text(only, sizeof only, a->filter->text);
    const char *sentence = state_text(
        state,
        "%s live block%s for which %s: %s asked for, %s of all that is used. "
        "With them goes %s of free blocks in their spans.",
        number_count(a->now.live_blocks).text,
        a->now.live_blocks == 1 ? "" : "s", only, number_iec(used).text,
        number_percent((double)used, (double)used_by_all).text,
        number_iec(a->now.part_bytes[PART_SPAN_FREE]).text);
    a->verdict = pool_get(&state->pool, sizeof *a->verdict);
    a->verdict[0] = pool_text(&state->pool, sentence, strlen(sentence));
    a->verdict_count = 1;
    a->verdict_part = PART_USED;
    a->verdict_site = ANSWER_NONE;
    a->verdict_code = NULL;
}

void filtered_fill(struct answer *a) {
    struct filling f = {.answer = a};
    uint64_t used_by_all = a->now.part_bytes[PART_USED];
    f.now.time_ns = a->now.time_ns;
    f.now.event = a->now.event;
    clear(&f);
    live_blocks_each(a, count_block, &f);
    finish_span(&f);
    keep_classes_with_blocks(a);
    for (int i = 0; i < PARTS; i++)
        f.now.held_bytes += f.now.part_bytes[i];
    a->now = f.now;
    for (int i = 0; i < PARTS; i++)
        a->parts[i].now_bytes = a->now.part_bytes[i];
    a->ratio_now =
        a->now.part_bytes[PART_USED] > 0
            ? (double)a->now.held_bytes / (double)a->now.part_bytes[PART_USED]
            : 0;
    say(a, used_by_all);
    pool_give(&a->state->pool, f.heaps);
}
