// keepers.c - what keeps all that is held and not used.
#include "viewer/answer/keepers.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/heap/parts.h"
#include "viewer/metric/free_pages.h"

static const struct {
    const char *key, *name, *cure;
} words[KEEPERS] = {
    [KEEPER_BLOCKS] = {"blocks", "live blocks in part-used spans",
                       "a heap of their own for the blocks that stay; see pins "
                       "by share_bytes, together"},
    [KEEPER_SIZES] = {"sizes", "size classes: blocks are larger than asked for",
                      "ask for sizes that there is a class for; see sites by "
                      "rounding_bytes"},
    [KEEPER_ENDS] = {"ends", "whole spans of large and huge blocks",
                     "ask for a little less than whole spans; see sites by "
                     "live_bytes"},
    [KEEPER_FREES] = {"frees", "frees that the owner has not taken back",
                      "let the owner allocate, call rpmalloc_thread_collect, "
                      "or end; see heaps by deferred_bytes"},
    [KEEPER_HEAPS] = {"heaps", "empty spans that threads keep",
                      "let threads that rest call rpmalloc_thread_collect, or "
                      "set thread_cache_bytes; see heaps by cache_bytes"},
    [KEEPER_GLOBAL] = {"global_cache", "empty spans kept for all threads",
                       "call rpmalloc_collect_all (malloc_trim) when much was "
                       "freed, or set global_cache_bytes"},
    [KEEPER_SEGMENTS] = {"segments",
                         "empty spans in segments that live spans hold",
                         "a heap of their own, so segments of their own, for "
                         "the blocks that stay; see causes by back_bytes"},
    [KEEPER_RESERVE] = {"reserve", "segment space never used",
                        "none is needed: the next allocations take it first; "
                        "segment_bytes sets how much is asked for at once"},
    [KEEPER_TABLES] = {"tables", "the allocator's own tables", "fewer threads"},
};

struct walk {
    struct answer *answer;
    const struct heap *heap;
    bool *live;     // by segment: a span of it has a live block
    bool *taken;    // the same, or a deferred one
    uint64_t *ends; // by site: the ends of its large blocks
};

static struct segment *segment_of(const struct walk *w, const struct span *span,
                                  uint32_t *number) {
    if (span->number >= SPAN_HUGE_BIT)
        return NULL;
    *number = spans_segment_of(&w->heap->spans, span->number);
    return spans_segment(&w->heap->spans, *number);
}

static void mark_live(struct span *span, void *context) {
    struct walk *w = context;
    uint32_t number;
    w->answer->gives_pages |= span->decommitted > 0;
    if (!segment_of(w, span, &number))
        return;
    // A run is told by its first span, and lies in one segment.
    if (span->place == SPAN_IN_HEAP) {
        w->live[number] |= span->live > 0;
        w->taken[number] |= span->live + span->deferred > 0;
    }
}

// `back`: whether a call that collects gives it back.
static void keep(struct walk *w, enum keeper keeper, uint64_t bytes,
                 bool back) {
    w->answer->keepers[keeper].bytes += bytes;
    w->answer->keepers[keeper].back_bytes += back ? bytes : 0;
}

static uint32_t stack_of_large(const struct span *span) {
    if (span->saved)
        return span->share_count > 0 ? span->shares[0].stack : SLOT_NEVER;
    return span->touched > 0 ? span->slots[0].stack : SLOT_NEVER;
}

static void keep_large(struct walk *w, const struct span *span) {
    const struct answer_state *state = w->answer->state;
    int64_t parts[PARTS];
    parts_of_span(span, w->heap->header_bytes, parts);
    if (span->live == 0) {
        keep(w, KEEPER_GLOBAL, (uint64_t)parts[PART_EMPTY], true);
        return;
    }
    uint32_t stack = stack_of_large(span);
    keep(w, KEEPER_SIZES, (uint64_t)parts[PART_ROUNDING], false);
    keep(w, KEEPER_TABLES, (uint64_t)parts[PART_OVERHEAD], false);
    // Below 0 where the trace says that parts of the block were given back.
    w->answer->keepers[KEEPER_ENDS].bytes += (uint64_t)parts[PART_SLACK];
    if (stack != SLOT_NEVER && parts[PART_SLACK] > 0)
        w->ends[state->site_of_stack[stacks_find(&state->now->metrics.stacks,
                                                 stack)]] +=
            (uint64_t)parts[PART_SLACK];
}

static void keep_reserve(struct walk *w, uint64_t bytes, bool live,
                         bool taken) {
    keep(w, KEEPER_RESERVE, bytes, !taken);
    w->answer->state->unused += bytes;
    if (taken && !live)
        w->answer->state->beside_frees += bytes;
}

static void keep_span(struct walk *w, const struct span *span, uint64_t bytes,
                      bool pages, bool is_live) {
    if (span->block_bytes == 0) {
        keep_large(w, span);
    } else if (span->live + span->deferred == 0) {
        keep(w, KEEPER_HEAPS, bytes, pages || !is_live);
    } else if (span->live == 0) {
        keep(w, KEEPER_FREES, bytes, pages || !is_live);
    } else {
        uint64_t blocks = (uint64_t)span->live * span->block_bytes;
        keep(w, KEEPER_BLOCKS, bytes - blocks, false);
        keep(w, KEEPER_SIZES, blocks - span->used, false);
    }
}

static void add_span(struct span *span, void *context) {
    struct walk *w = context;
    uint64_t bytes = span->bytes - span->decommitted;
    bool pages = w->answer->gives_pages, live = false, taken = false;
    uint32_t number;
    if (segment_of(w, span, &number)) {
        live = w->live[number];
        taken = w->taken[number];
    }
    switch (span->place) {
    case SPAN_IN_HEAP:
        keep_span(w, span, bytes, pages, live);
        return;
    case SPAN_IN_THREAD:
        keep(w, KEEPER_HEAPS, bytes, pages || !taken);
        return;
    case SPAN_IN_GLOBAL:
        keep(w, pages || !live ? KEEPER_GLOBAL : KEEPER_SEGMENTS, bytes,
             pages || !taken);
        return;
    case SPAN_IN_SEGMENT:
        keep_reserve(w, bytes, live, taken);
        return;
    default:
        return;
    }
}

static void add_segments(struct walk *w) {
    for (uint32_t i = 0; i < w->heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&w->heap->spans, i);
        if (!segment)
            continue;
        w->answer->state->mapped += segment->bytes;
        uint64_t lead =
            segment->bytes - (uint64_t)segment->count * w->heap->span_bytes;
        keep_reserve(w, lead, w->live[i], w->taken[i]);
    }
}

// Memory of an embedder lies anywhere, and loses a part of a span by it.
static bool has_leads(const struct heap *heap) {
    for (uint32_t i = 0; i < heap->spans.segment_limit; i++) {
        const struct segment *segment = spans_segment(&heap->spans, i);
        if (segment &&
            segment->bytes > (uint64_t)segment->count * heap->span_bytes)
            return true;
    }
    return false;
}

// Memory from the system goes back by pages; that of an embedder by whole
// segments, unless it can do the other. Older traces do not tell which it is,
// and those of a program that says so late say what was true before.
static void find_source(struct answer *a, const struct heap *heap) {
    bool leads = has_leads(heap);
    bool told = a->memory && strcmp(a->memory, "embedder") == 0;
    a->from_embedder = told || leads;
    a->gives_pages =
        told ? trace_fact_number(&a->state->tables, "decommits", 0) > 0
             : !leads;
}

void keepers_fill(struct answer *a) {
    struct pool *pool = &a->state->pool;
    const struct heap *heap = &a->state->now->heap;
    struct walk w = {.answer = a, .heap = heap};
    size_t segments = heap->spans.segment_limit;
    w.live = pool_zeroed(pool, segments + 1, sizeof *w.live);
    w.taken = pool_zeroed(pool, segments + 1, sizeof *w.taken);
    w.ends = a->state->ends =
        pool_zeroed(pool, a->state->site_total + 1, sizeof *w.ends);
    for (int i = 0; i < KEEPERS; i++)
        a->keepers[i] = (struct answer_keeper){
            .key = words[i].key, .name = words[i].name, .cure = words[i].cure};
    find_source(a, heap);
    spans_each(&heap->spans, mark_live, &w);
    a->state->way = (struct collected_way){
        .pages = a->gives_pages,
        .huge = a->huge_pages && strcmp(a->huge_pages, "never") != 0};
    spans_each(&heap->spans, add_span, &w);
    add_segments(&w);
    keep(&w, KEEPER_TABLES, heap->bookkeeping_bytes, false);
    if (!a->from_embedder)
        a->keepers[KEEPER_BLOCKS].back_bytes = free_pages_held(heap);
    pool_give(pool, w.live);
    pool_give(pool, w.taken);
}
