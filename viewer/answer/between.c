// between.c - what happened between two moments, by call site.
//
// Both are had from keyframes; what each stack has allocated and freed since
// the start is known at both, and so is what lives. Survivors are the blocks of
// the later one that were born behind the earlier.
#include "viewer/answer/between.h"

#include <stdlib.h>

#include "viewer/answer/state.h"

struct between {
    struct answer *answer;
    uint64_t from; // steps
    const struct replay *later;
    uint32_t *site_of_stack;     // of the later moment
    struct answer_between *rows; // by site
};

static void count_survivors(struct span *span, void *context) {
    struct between *b = context;
    const struct stacks *stacks = &b->later->metrics.stacks;
    if (span->place != SPAN_IN_HEAP || span->live == 0)
        return;
    spans_unpack(&b->later->heap.spans, span);
    for (uint32_t i = 0; i < span->touched; i++) {
        const struct slot *slot = &span->slots[i];
        if (slot->birth == SLOT_FREE || slot->birth <= b->from)
            continue;
        struct answer_between *row =
            &b->rows[b->site_of_stack[stacks_find(stacks, slot->stack)]];
        row->survivors++;
        row->survivor_bytes += span_wanted(span, i);
    }
}

// Stacks that the earlier moment does not know had nothing then.
static void count_stacks(struct between *b, const struct replay *earlier) {
    const struct stacks *before = &earlier->metrics.stacks;
    const struct stacks *now = &b->later->metrics.stacks;
    for (size_t i = 0; i < now->count; i++) {
        const struct stack_counts *to = &now->list[i];
        struct stack_counts from = {0};
        if (stacks_has(before, to->node))
            from = before->list[stacks_find(before, to->node)];
        struct answer_between *row = &b->rows[b->site_of_stack[i]];
        row->births += to->allocations - from.allocations;
        row->birth_bytes += to->allocated_bytes - from.allocated_bytes;
        row->deaths += to->frees - from.frees;
        row->growth_blocks +=
            (int64_t)to->live_blocks - (int64_t)from.live_blocks;
        row->growth_bytes += (int64_t)to->live_bytes - (int64_t)from.live_bytes;
    }
}

static int compare_rows(const void *left, const void *right) {
    const struct answer_between *a = left, *b = right;
    if (a->growth_bytes != b->growth_bytes)
        return a->growth_bytes > b->growth_bytes ? -1 : 1;
    if (a->birth_bytes != b->birth_bytes)
        return a->birth_bytes > b->birth_bytes ? -1 : 1;
    return a->site < b->site ? -1 : a->site > b->site;
}

// Sites of the later moment's stacks: those of the answer, where it has them.
static uint32_t *sites_of(struct answer *a, const struct replay *later) {
    struct answer_state *state = a->state;
    const struct stacks *own = &state->now->metrics.stacks;
    const struct stacks *stacks = &later->metrics.stacks;
    uint32_t *sites = pool_get(&state->pool, stacks->count * sizeof *sites);
    for (size_t i = 0; i < stacks->count; i++)
        sites[i] =
            stacks_has(own, stacks->list[i].node)
                ? state->site_of_stack[stacks_find(own, stacks->list[i].node)]
                : (uint32_t)state->site_total;
    return sites;
}

void between_fill(struct answer *a, uint64_t since,
                  const struct analyse_options *options) {
    struct answer_state *state = a->state;
    struct pool *pool = &state->pool;
    const struct analysis_limit limit = {UINT64_MAX, since};
    struct replay *other = pool_zeroed(pool, 1, sizeof *other);
    analysis_replay(state->of, &state->tables, other, &limit, options);
    bool is_later = other->heap.events > state->now->heap.events;
    const struct replay *earlier = is_later ? state->now : other;
    struct between b = {.answer = a,
                        .from = earlier->heap.time,
                        .later = is_later ? other : state->now};
    b.site_of_stack = sites_of(a, b.later);
    // One more for sites that the answer does not know yet.
    b.rows = pool_zeroed(pool, state->site_total + 1, sizeof *b.rows);
    count_stacks(&b, earlier);
    spans_each(&b.later->heap.spans, count_survivors, &b);
    for (uint32_t i = 0; i <= state->site_total; i++) {
        struct answer_between *row = &b.rows[i];
        row->site = i < a->site_count ? i : ANSWER_NONE;
        row->where = i < a->site_count ? &a->sites[i].where : NULL;
        if (row->births || row->deaths || row->growth_blocks ||
            row->growth_bytes || row->survivors)
            b.rows[a->between_count++] = *row;
    }
    a->between = b.rows;
    if (a->between_count > 0)
        qsort(a->between, a->between_count, sizeof *a->between, compare_rows);
    a->since_ns = heap_ns(&other->heap, since);
    a->has_since = true;
    pool_give(pool, b.site_of_stack);
    replay_free(other);
    pool_give(pool, other);
}
