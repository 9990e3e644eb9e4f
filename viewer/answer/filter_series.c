// filter_series.c - what was used over time by the blocks that the filter lets
// pass.
#include "viewer/answer/filter_series.h"

#include <string.h>

#include "viewer/answer/block_filter.h"
#include "viewer/answer/live_blocks.h"
#include "viewer/answer/state.h"
#include "viewer/names/stack.h"

// What is known of a block while it lives.
struct series_block {
    uint32_t birth; // which one of all births, from 1; 0: none lives here
    uint16_t tag;   // place in the list of tags
    bool passes;
};

struct series_span {
    uint32_t heap, capacity;
    struct series_block *blocks;
};

enum passing { NOT_KNOWN, PASSES, IS_KEPT_OUT };

struct filter_series {
    struct answer *answer;
    const struct block_filter *filter;
    struct pool *pool;
    struct instant now; // what is used
    struct timeline timeline, part;
    uint64_t part_from, part_to; // steps; 0, 0: no part
    bool part_begun;
    bool telling;             // a state
    struct ring_index places; // in spans, of each span's number
    struct series_span *spans;
    size_t span_count, span_capacity;
    struct ring_index tags; // place in the list of tags, of each ring
    struct site *sites;     // by stack as in whole->metrics.stacks
    uint8_t *of_site;       // enum passing of each, where sites alone count
    // Whether each birth passes, where that is known from its life alone.
    bool learns;
    uint8_t *lives;
    uint32_t births;
    size_t life_bytes;
};

static const struct metrics *all_of(const struct filter_series *s) {
    return &s->answer->state->of->whole.metrics;
}

// ---- time ----

static bool in_part(const struct filter_series *s, uint64_t time) {
    return s->part_to > 0 && time >= s->part_from && time <= s->part_to;
}

static void reach(struct filter_series *s, uint64_t time) {
    if (time >= s->timeline.end)
        timeline_reach(&s->timeline, &s->now, time);
    if (s->part_to == 0 || time < s->part_from)
        return;
    if (!s->part_begun)
        timeline_part(&s->part, &s->now, s->part_from,
                      s->part_to - s->part_from);
    s->part_begun = true;
    uint64_t end = time < s->part_to ? time : s->part_to;
    if (end >= s->part.end)
        timeline_reach(&s->part, &s->now, end);
}

// What an event has left behind; while a state is told it is not yet true.
static void see_now(struct filter_series *s) {
    if (s->telling)
        return;
    timeline_see(&s->timeline, &s->now);
    if (s->part_begun && in_part(s, s->now.time))
        timeline_see(&s->part, &s->now);
}

static void add(struct filter_series *s, const struct heap_change *change,
                int64_t bytes) {
    if (s->learns)
        return;
    if (change->event != s->now.event) {
        see_now(s);
        reach(s, change->time);
    }
    s->now.parts[PART_USED] += bytes;
    s->now.held = s->now.parts[PART_USED];
    s->now.time = change->time;
    s->now.event = change->event;
    bool counts = change->kind == CHANGE_BORN && change->flags & CHANGE_COUNTS;
    s->timeline.step.allocations += counts;
    s->part.step.allocations += counts && in_part(s, change->time);
}

// ---- blocks ----

static struct series_span *span_of(struct filter_series *s, uint32_t number) {
    uint32_t place = ring_index_find(&s->places, number);
    if (place == (uint32_t)RING_NONE) {
        place = (uint32_t)s->span_count;
        ring_index_set(&s->places, number, place);
        s->spans = pool_grow(s->pool, s->spans, s->span_count,
                             &s->span_capacity, sizeof *s->spans);
        s->spans[s->span_count++] = (struct series_span){.heap = 0};
    }
    return &s->spans[place];
}

static struct series_block *block_of(struct filter_series *s,
                                     const struct heap_change *change) {
    struct series_span *span = span_of(s, change->span);
    if (change->block >= span->capacity) {
        uint32_t capacity = span->capacity ? span->capacity * 2 : 8;
        while (capacity <= change->block)
            capacity *= 2;
        span->blocks =
            pool_resize(s->pool, span->blocks, capacity, sizeof *span->blocks);
        memset(span->blocks + span->capacity, 0,
               (capacity - span->capacity) * sizeof *span->blocks);
        span->capacity = capacity;
    }
    return &span->blocks[change->block];
}

static const struct site *site_of(struct filter_series *s, uint32_t index,
                                  uint32_t node) {
    struct answer_state *state = s->answer->state;
    const struct stacks *now = &state->now->metrics.stacks;
    struct site *site = &s->sites[index];
    if (s->of_site[index])
        return site;
    s->of_site[index] = IS_KEPT_OUT;
    if (stacks_has(now, node)) {
        *site = s->answer->sites[state->site_of_stack[stacks_find(now, node)]]
                    .where;
    } else {
        *site = site_of_frame(stack_naming_frame(
            state_names(state), &state->tables, node, state->wrappers));
        state_names_done(state);
    }
    if (s->filter->of_sites) {
        const struct answer_live_block of_it = {.where = site};
        if (s->filter->holds(s->filter, &of_it))
            s->of_site[index] = PASSES;
    }
    return site;
}

// Whether the block passes, that lives from `birth` to `now`.
static bool holds(struct filter_series *s, const struct heap_change *change,
                  const struct series_block *block, uint64_t now) {
    const struct stacks *stacks = &all_of(s)->stacks;
    const struct tags *tags = &all_of(s)->tags;
    if (!stacks_has(stacks, change->stack))
        return false;
    uint32_t index = stacks_find(stacks, change->stack);
    const struct site *site = site_of(s, index, change->stack);
    if (s->filter->of_sites)
        return s->of_site[index] == PASSES;
    const struct block_facts facts = {
        .span = change->span,
        .number = change->block,
        .heap = span_of(s, change->span)->heap,
        .class_index = change->class_index,
        .block_bytes = change->block_bytes,
        .tag = block->tag < tags->count ? tags->list[block->tag].text : 0,
        .where = site,
        .bytes = change->wanted,
        .birth = change->birth,
        .now = now};
    const struct answer_live_block row = live_block(s->answer, &facts);
    return s->filter->holds(s->filter, &row);
}

// ---- whole lives ----

static void learn(struct filter_series *s, uint32_t birth, bool passes) {
    size_t at = birth / 8, size = s->life_bytes;
    if (at >= size) {
        size = size ? size * 2 : 1 << 16;
        size = size > at ? size : at + 1;
        s->lives = pool_resize(s->pool, s->lives, size, 1);
        memset(s->lives + s->life_bytes, 0, size - s->life_bytes);
        s->life_bytes = size;
    }
    if (passes)
        s->lives[at] |= (uint8_t)(1 << birth % 8);
}

static bool learned(const struct filter_series *s, uint32_t birth) {
    return birth / 8 < s->life_bytes && s->lives[birth / 8] >> birth % 8 & 1;
}

// ---- changes ----

static void born(struct filter_series *s, const struct heap_change *change) {
    bool resized = (change->flags & (CHANGE_COUNTS | CHANGE_CONTINUES)) == 0;
    struct series_block *block = block_of(s, change);
    if (!resized) { // or it keeps its tag
        uint32_t tag = ring_index_find(&s->tags, change->ring);
        block->tag = tag == (uint32_t)RING_NONE ? TAGS_NONE : (uint16_t)tag;
    }
    block->birth = ++s->births;
    if (s->learns)
        return;
    block->passes = s->filter->of_age ? learned(s, block->birth)
                                      : holds(s, change, block, change->time);
    if (block->passes)
        add(s, change, (int64_t)change->wanted);
}

static void died(struct filter_series *s, const struct heap_change *change) {
    struct series_block *block = block_of(s, change);
    if (s->learns && block->birth > 0)
        learn(s, block->birth, holds(s, change, block, change->time));
    else if (block->passes)
        add(s, change, -(int64_t)change->wanted);
    block->birth = 0;
    block->passes = false;
}

static void note(struct filter_series *s, const struct heap_change *change) {
    const struct tags *tags = &all_of(s)->tags;
    if (change->part != TRACE_EVENT_TAG)
        return;
    for (uint32_t i = 0; i < tags->count; i++)
        if (tags->list[i].text == change->value[0]) {
            ring_index_set(&s->tags, change->ring, i);
            return;
        }
    ring_index_set(&s->tags, change->ring, TAGS_NONE);
}

// Those that live, as long as is known, at a time behind which it is not.
static void end_lives(struct filter_series *s, const struct spans *spans,
                      uint64_t now) {
    for (size_t i = 0; s->learns && i < s->places.capacity; i++) {
        const struct ring_place *place = &s->places.places[i];
        struct span *span =
            place->place ? spans_find(spans, place->ring) : NULL;
        if (!span || span->place != SPAN_IN_HEAP)
            continue;
        struct series_span *of = &s->spans[place->place - 1];
        for (uint32_t k = 0; k < of->capacity; k++) {
            if (of->blocks[k].birth == 0 || !span_has(span, k))
                continue;
            const struct heap_change change = {.span = span->number,
                                               .block = k,
                                               .class_index = span->class_index,
                                               .block_bytes = span->block_bytes,
                                               .stack = span->slots[k].stack,
                                               .wanted = span_wanted(span, k),
                                               .birth = span->slots[k].birth};
            learn(s, of->blocks[k].birth,
                  holds(s, &change, &of->blocks[k], now));
        }
    }
}

// All that lives is told anew.
static void state_begins(struct filter_series *s, const struct heap *heap,
                         const struct heap_change *change) {
    end_lives(s, &heap->before->spans, change->time);
    for (size_t i = 0; i < s->span_count; i++) {
        memset(s->spans[i].blocks, 0,
               s->spans[i].capacity * sizeof *s->spans[i].blocks);
        s->spans[i].heap = 0;
    }
    ring_index_free(&s->tags);
    if (!s->learns)
        see_now(s);
    s->telling = true; // sums of it are not yet true
    add(s, change, -s->now.parts[PART_USED]);
}

static void see(void *context, const struct heap *heap,
                const struct heap_change *changes, size_t count) {
    struct filter_series *s = context;
    for (size_t i = 0; i < count; i++) {
        const struct heap_change *change = &changes[i];
        switch (change->kind) {
        case CHANGE_BORN:
            born(s, change);
            break;
        case CHANGE_DIED:
            died(s, change);
            break;
        case CHANGE_SPAN:
            span_of(s, change->span)->heap = change->to.heap;
            break;
        case CHANGE_COLLECTED:
            span_of(s, change->span)->heap = change->to_heap;
            break;
        case CHANGE_NOTE:
            note(s, change);
            break;
        case CHANGE_STATE_BEGINS:
            state_begins(s, heap, change);
            break;
        case CHANGE_STATE_ENDS:
            s->telling = false;
            break;
        default:
            break;
        }
    }
}

static void begin(void *context, const struct heap *heap) {
    struct filter_series *s = context;
    uint64_t last = s->answer->state->of->order.last_time;
    (void)heap;
    for (size_t i = 0; i < s->span_count; i++)
        pool_give(s->pool, s->spans[i].blocks);
    s->span_count = s->births = 0;
    ring_index_free(&s->places);
    ring_index_free(&s->tags);
    s->now = (struct instant){.time = 0};
    s->part_begun = s->telling = false;
    timeline_free(&s->timeline);
    timeline_free(&s->part);
    s->timeline = s->part = (struct timeline){.pool = s->pool};
    timeline_start(&s->timeline, s->pool,
                   last > heap->start ? last - heap->start : 0);
    timeline_start(&s->part, s->pool, 0);
}

static void end(void *context, const struct heap *heap) {
    end_lives(context, &heap->spans, heap->time);
}

// ---- the answer ----

static bool read_again(struct filter_series *s,
                       const struct analyse_options *options, bool learns) {
    static const struct analysis_limit none = {UINT64_MAX, UINT64_MAX};
    struct analysis *analysis = s->answer->state->of;
    const struct analysis_watch watch = {begin, see, end, s};
    s->learns = learns;
    return analysis_see(analysis, &s->answer->state->tables, 0, &none, options,
                        &watch);
}

// Keeps it with the analysis: it is asked for again at each moment.
static void keep(struct filter_series *s) {
    struct analysis *of = s->answer->state->of;
    const struct heap *heap = &of->whole.heap;
    struct series_points *kept = &of->series;
    filter_series_free(of);
    see_now(s);
    reach(s, heap->time);
    timeline_end(&s->timeline, &s->now, heap->time);
    kept->points = timeline_points(&s->timeline, heap, &of->pool, &kept->count);
    if (s->part_to > 0) {
        reach(s, s->part_to);
        timeline_end(&s->part, &s->now, s->part_to);
        kept->part =
            timeline_points(&s->part, heap, &of->pool, &kept->part_count);
    }
    kept->filter = s->filter;
    kept->wrappers = s->answer->state->wrappers;
    kept->from = s->part_from;
    kept->to = s->part_to;
}

void filter_series_free(struct analysis *analysis) {
    pool_give(&analysis->pool, analysis->series.points);
    pool_give(&analysis->pool, analysis->series.part);
    analysis->series = (struct series_points){.filter = NULL};
}

static struct timeline_point *copy(struct answer *a,
                                   const struct timeline_point *points,
                                   size_t count) {
    struct timeline_point *copied =
        pool_get(&a->state->pool, count * sizeof *copied);
    if (count > 0)
        memcpy(copied, points, count * sizeof *copied);
    return copied;
}

static void show(struct answer *a, const struct analyse_options *options) {
    const struct series_points *kept = &a->state->of->series;
    a->points = copy(a, kept->points, kept->count);
    a->point_count = a->read_points = kept->count;
    a->peak_used_bytes = 0;
    for (size_t i = 0; i < a->point_count; i++)
        if (a->points[i].used_max > a->peak_used_bytes) {
            a->peak_used_bytes = a->points[i].used_max;
            a->peak_used.time_ns = a->points[i].time_ns;
        }
    a->peak_held_bytes = a->peak_used_bytes;
    a->peak_held.time_ns = a->peak_used.time_ns;
    if (kept->to == 0)
        return;
    a->part_points = copy(a, kept->part, kept->part_count);
    a->part_count = kept->part_count;
    a->part_from_ns = options->from_ns;
    a->part_to_ns = options->to_ns;
}

static uint64_t steps_since(const struct heap *heap, uint64_t ns) {
    uint64_t steps = trace_clock_steps(heap->tables, ns);
    return steps > heap->start ? steps - heap->start : 0;
}

static void give_back(struct filter_series *s) {
    for (size_t i = 0; i < s->span_count; i++)
        pool_give(s->pool, s->spans[i].blocks);
    pool_give(s->pool, s->spans);
    pool_give(s->pool, s->sites);
    pool_give(s->pool, s->of_site);
    pool_give(s->pool, s->lives);
    ring_index_free(&s->places);
    ring_index_free(&s->tags);
    timeline_free(&s->timeline);
    timeline_free(&s->part);
}

void filter_series_fill(struct answer *a,
                        const struct analyse_options *options) {
    struct analysis *analysis = a->state->of;
    const struct heap *heap = &analysis->whole.heap;
    struct pool *pool = &a->state->pool;
    size_t stacks = analysis->whole.metrics.stacks.count;
    struct filter_series s = {.answer = a, .filter = a->filter, .pool = pool};
    a->part_count = 0;
    a->point_count = a->read_points = 0; // of all blocks
    if (analysis->reading || analysis->cut)
        return;
    s.places.pool = s.tags.pool = pool;
    if (options->to_ns > 0) {
        s.part_from = steps_since(heap, options->from_ns);
        s.part_to = steps_since(heap, options->to_ns);
    }
    if (analysis->series.filter != s.filter ||
        analysis->series.wrappers != a->state->wrappers ||
        analysis->series.from != s.part_from ||
        analysis->series.to != s.part_to) {
        s.sites = pool_zeroed(pool, stacks, sizeof *s.sites);
        s.of_site = pool_zeroed(pool, stacks, 1);
        if (s.filter->of_age && !read_again(&s, options, true))
            return;
        if (!read_again(&s, options, false))
            return;
        keep(&s);
    }
    show(a, options);
    give_back(&s);
}
