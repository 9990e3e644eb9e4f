// between.c - what happened between two moments.
//
// Both are had from keyframes; then each part of the range is filled, by files
// that are called between_*.
#include "viewer/answer/between.h"

#include <stdio.h>
#include <stdlib.h>

#include "viewer/answer/between_rows.h"
#include "viewer/answer/block_filter.h"
#include "viewer/answer/state.h"
#include "viewer/answer/texts.h"
#include "viewer/base/number.h"

// ---- rows ----

static int compare_sites(const void *left, const void *right) {
    const struct answer_between *a = left, *b = right;
    const struct answer_between_counts *x = &a->counts, *y = &b->counts;
    if (x->growth_bytes != y->growth_bytes)
        return x->growth_bytes > y->growth_bytes ? -1 : 1;
    if (x->birth_bytes != y->birth_bytes)
        return x->birth_bytes > y->birth_bytes ? -1 : 1;
    return a->site < b->site ? -1 : a->site > b->site;
}

// Sites of the stacks of a replay: those of the answer, where it has them.
static uint32_t *sites_of(struct answer *a, const struct replay *of) {
    struct answer_state *state = a->state;
    const struct stacks *own = &state->now->metrics.stacks;
    const struct stacks *stacks = &of->metrics.stacks;
    uint32_t *sites = pool_get(&state->pool, stacks->count * sizeof *sites);
    for (size_t i = 0; i < stacks->count; i++)
        sites[i] =
            stacks_has(own, stacks->list[i].node)
                ? state->site_of_stack[stacks_find(own, stacks->list[i].node)]
                : (uint32_t)state->site_total;
    return sites;
}

static bool has_any(const struct answer_between_counts *c) {
    return c->births || c->deaths || c->growth_blocks || c->growth_bytes ||
           c->survivors;
}

static void add(struct answer_between_counts *to,
                const struct answer_between_counts *from) {
    to->births += from->births;
    to->birth_bytes += from->birth_bytes;
    to->deaths += from->deaths;
    to->survivors += from->survivors;
    to->survivor_bytes += from->survivor_bytes;
    to->growth_blocks += from->growth_blocks;
    to->growth_bytes += from->growth_bytes;
}

static bool has_pinned(const struct answer *a, const struct answer_between *s) {
    return !a->filter && (s->share_before >= 0.5 || s->share_after >= 0.5 ||
                          s->share_mean >= 0.5);
}

static void keep_sites(struct between_rows *b) {
    struct answer *a = b->answer;
    struct answer_range *range = &a->range;
    static const struct site later = {.function = "(later call sites)",
                                      .recorded = true};
    for (size_t i = 0; i <= b->site_count; i++) {
        struct answer_between *row = &b->sites[i];
        row->site = i < a->site_count ? (uint32_t)i : ANSWER_NONE;
        row->where = i < a->site_count ? a->sites[i].where : later;
        add(&range->counts, &row->counts);
        if (has_any(&row->counts) || has_pinned(a, row))
            b->sites[range->site_count++] = *row;
    }
    range->sites = b->sites;
    if (range->site_count > 0)
        qsort(range->sites, range->site_count, sizeof *range->sites,
              compare_sites);
}

static void keep_classes(struct between_rows *b) {
    struct answer *a = b->answer;
    const struct trace_tables *tables = &a->state->tables;
    struct answer_range *range = &a->range;
    range->classes =
        pool_get(&a->state->pool, BETWEEN_CLASSES * sizeof *range->classes);
    for (uint32_t i = 0; i < BETWEEN_CLASSES; i++) {
        struct answer_between_class *row = &b->classes[i];
        row->index = i;
        if (i < tables->class_count)
            row->block_bytes = tables->classes[i].block_bytes;
        if (has_any(&row->counts) || row->spans_growth || row->free_growth)
            range->classes[range->class_count++] = *row;
    }
}

// ---- the held bytes ----

static uint64_t bytes_of(int64_t bytes) {
    return bytes > 0 ? (uint64_t)bytes : 0;
}

static void fill_parts(struct between_rows *b) {
    struct answer_range *range = &b->answer->range;
    const struct sums *from = &b->earlier->metrics.sums;
    const struct sums *to = &b->later->metrics.sums;
    for (enum part part = 0; part < PARTS; part++) {
        double mean = sums_mean_part_between(from, to, part);
        range->parts[part] = (struct answer_between_part){
            .key = answer_part_key(part),
            .name = answer_part_name(part),
            .before_bytes = bytes_of(from->now.parts[part]),
            .after_bytes = bytes_of(to->now.parts[part]),
            .growth_bytes = to->now.parts[part] - from->now.parts[part],
            .mean_bytes = mean > 0 ? mean : 0};
    }
    range->held_growth_bytes = to->now.held - from->now.held;
    range->mean_held_bytes = sums_mean_held_between(from, to);
}

// ---- in words ----

static const char *more_or_less(int64_t bytes) {
    return bytes < 0 ? "less" : "more";
}

static uint64_t size_of(int64_t bytes) {
    return bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes;
}

static void say(struct answer *a) {
    struct answer_range *range = &a->range;
    const struct answer_between_counts *c = &range->counts;
    struct pool *pool = &a->state->pool;
    int64_t used = range->parts[PART_USED].growth_bytes;
    char held[96] = "";
    if (a->filter)
        used = c->growth_bytes; // what is held is held for all
    else
        snprintf(held, sizeof held, " and %s %s held",
                 number_iec(size_of(range->held_growth_bytes)).text,
                 more_or_less(range->held_growth_bytes));
    texts_add(pool, &range->sentences, &range->sentence_count,
              "From %s to %s: %s %s is used%s.",
              number_time(range->from_ns).text, number_time(range->to_ns).text,
              number_iec(size_of(used)).text, more_or_less(used), held);
    texts_add(pool, &range->sentences, &range->sentence_count,
              "%s block%s %s born and %s freed; of those born, %s (%s) live "
              "on.",
              number_count(c->births).text, c->births == 1 ? "" : "s",
              c->births == 1 ? "was" : "were", number_count(c->deaths).text,
              number_count(c->survivors).text,
              number_iec(c->survivor_bytes).text);
    if (range->site_count == 0 || range->sites[0].counts.growth_bytes <= 0)
        return;
    char name[SITE_NAME_BYTES];
    site_name(&range->sites[0].where, name, sizeof name);
    texts_add(pool, &range->sentences, &range->sentence_count,
              "Most grew %s: by %s.", name,
              number_iec((uint64_t)range->sites[0].counts.growth_bytes).text);
}

// ---- all of it ----

static bool count(struct between_rows *b,
                  const struct analyse_options *options) {
    between_pins(b);
    if (b->answer->filter)
        return between_passing(b, options);
    between_all(b);
    return true;
}

bool between_fill(struct answer *a, uint64_t since,
                  const struct analyse_options *options,
                  struct failure *failure) {
    struct answer_state *state = a->state;
    struct pool *pool = &state->pool;
    const struct analysis_limit limit = {UINT64_MAX, since};
    if (a->filter && a->filter->of_age) {
        failure->asked = true;
        return fail(failure,
                    "how long blocks live differs at the two ends of a range: "
                    "ask for born_ns in the place of lives_ns");
    }
    struct replay *other = pool_zeroed(pool, 1, sizeof *other);
    analysis_replay(state->of, &state->tables, other, &limit, options);
    bool is_later = other->heap.events > state->now->heap.events;
    struct between_rows *b = pool_zeroed(pool, 1, sizeof *b);
    b->answer = a;
    b->earlier = is_later ? state->now : other;
    b->later = is_later ? other : state->now;
    b->site_of_earlier = sites_of(a, b->earlier);
    b->site_of_later = sites_of(a, b->later);
    b->site_count = state->site_total;
    b->sites = pool_zeroed(pool, b->site_count + 1, sizeof *b->sites);
    if (count(b, options)) {
        a->has_since = true;
        a->since_ns = heap_ns(&other->heap, since);
        a->range.from_ns = heap_ns(&b->earlier->heap, b->earlier->heap.time);
        a->range.to_ns = heap_ns(&b->later->heap, b->later->heap.time);
        keep_sites(b);
        keep_classes(b);
        fill_parts(b);
        say(a);
    }
    pool_give(pool, b->site_of_earlier);
    pool_give(pool, b->site_of_later);
    pool_give(pool, b);
    replay_free(other);
    pool_give(pool, other);
    return true;
}
