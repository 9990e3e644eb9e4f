// filter_series.c - what was used over time by the blocks that the filter lets
// pass.
#include "viewer/answer/filter_series.h"

#include <string.h>

#include "viewer/answer/block_filter.h"
#include "viewer/answer/passing.h"
#include "viewer/answer/state.h"

struct filter_series {
    struct passing passing;
    struct instant now; // what is used
    struct timeline timeline, part;
    uint64_t part_from, part_to; // steps; 0, 0: no part
    bool part_begun;
    bool telling; // a state
    // Whether each birth passes, where that is known from its life alone.
    bool learns;
    uint8_t *lives;
    uint32_t births;
    size_t life_bytes;
};

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

// ---- whole lives ----

static void learn(struct filter_series *s, uint32_t birth, bool passes) {
    size_t at = birth / 8, size = s->life_bytes;
    if (at >= size) {
        size = size ? size * 2 : 1 << 16;
        size = size > at ? size : at + 1;
        s->lives = pool_resize(s->passing.pool, s->lives, size, 1);
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
    struct passing_block *block = passing_block(&s->passing, change);
    block->birth = ++s->births;
    if (s->learns)
        return;
    block->passes = s->passing.filter->of_age
                        ? learned(s, block->birth)
                        : passing_holds(&s->passing, change, change->time);
    if (block->passes)
        add(s, change, (int64_t)change->wanted);
}

static void died(struct filter_series *s, const struct heap_change *change) {
    struct passing_block *block = passing_block(&s->passing, change);
    if (s->learns && block->birth > 0)
        learn(s, block->birth,
              passing_holds(&s->passing, change, change->time));
    else if (block->passes)
        add(s, change, -(int64_t)change->wanted);
    block->birth = 0;
    block->passes = false;
}

// Those that live, as long as is known, at a time behind which it is not.
static void end_lives(struct filter_series *s, const struct spans *spans,
                      uint64_t now) {
    const struct ring_index *places = &s->passing.places;
    for (size_t i = 0; s->learns && i < places->capacity; i++) {
        const struct ring_place *place = &places->places[i];
        struct span *span =
            place->place ? spans_find(spans, place->ring) : NULL;
        if (!span || span->place != SPAN_IN_HEAP)
            continue;
        const struct passing_span *of = &s->passing.spans[place->place - 1];
        for (uint32_t k = 0; k < of->capacity; k++) {
            if (of->blocks[k].birth == 0 || !span_has(span, k))
                continue;
            learn(s, of->blocks[k].birth,
                  passing_lived(&s->passing, span, k, now));
        }
    }
}

// All that lives is told anew.
static void state_begins(struct filter_series *s, const struct heap *heap,
                         const struct heap_change *change) {
    end_lives(s, &heap->before->spans, change->time);
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
        if (change->kind == CHANGE_STATE_BEGINS)
            state_begins(s, heap, change); // of what was known before
        passing_see(&s->passing, change);
        switch (change->kind) {
        case CHANGE_BORN:
            born(s, change);
            break;
        case CHANGE_DIED:
            died(s, change);
            break;
        case CHANGE_STATE_ENDS:
            s->telling = false;
            break;
        default:
            break;
        }
    }
}

static void begin(void *context, const struct replay *replay) {
    struct filter_series *s = context;
    uint64_t last = s->passing.answer->state->of->order.last_time;
    passing_begin(&s->passing);
    s->births = 0;
    s->now = (struct instant){.time = 0};
    s->part_begun = s->telling = false;
    timeline_free(&s->timeline);
    timeline_free(&s->part);
    s->timeline = s->part = (struct timeline){.pool = s->passing.pool};
    timeline_start(&s->timeline, s->passing.pool,
                   last > replay->heap.start ? last - replay->heap.start : 0);
    timeline_start(&s->part, s->passing.pool, 0);
}

static void end(void *context, const struct heap *heap) {
    end_lives(context, &heap->spans, heap->time);
}

// ---- the answer ----

static bool read_again(struct filter_series *s,
                       const struct analyse_options *options, bool learns) {
    static const struct analysis_limit none = {UINT64_MAX, UINT64_MAX};
    struct analysis *analysis = s->passing.answer->state->of;
    const struct analysis_watch watch = {begin, see, end, s};
    s->learns = learns;
    return analysis_see(analysis, &s->passing.answer->state->tables, 0, &none,
                        options, &watch);
}

// Keeps it with the analysis: it is asked for again at each moment.
static void keep(struct filter_series *s) {
    struct analysis *of = s->passing.answer->state->of;
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
    kept->filter = s->passing.filter;
    kept->wrappers = s->passing.answer->state->wrappers;
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
    passing_free(&s->passing);
    pool_give(s->passing.pool, s->lives);
    timeline_free(&s->timeline);
    timeline_free(&s->part);
}

void filter_series_fill(struct answer *a,
                        const struct analyse_options *options) {
    struct analysis *analysis = a->state->of;
    const struct heap *heap = &analysis->whole.heap;
    struct filter_series s = {.births = 0};
    a->part_count = 0;
    a->point_count = a->read_points = 0; // of all blocks
    if (analysis->reading || analysis->cut)
        return;
    passing_start(&s.passing, a);
    if (options->to_ns > 0) {
        s.part_from = steps_since(heap, options->from_ns);
        s.part_to = steps_since(heap, options->to_ns);
    }
    if (analysis->series.filter != s.passing.filter ||
        analysis->series.wrappers != a->state->wrappers ||
        analysis->series.from != s.part_from ||
        analysis->series.to != s.part_to) {
        if (s.passing.filter->of_age && !read_again(&s, options, true))
            return;
        if (!read_again(&s, options, false))
            return;
        keep(&s);
    }
    show(a, options);
    give_back(&s);
}
