// analyse.c - from a trace to an answer.
//
// The trace is read once, to its end; the heap of another moment is had from a
// keyframe before it. Then each part of the answer is filled, in the order in
// which they need each other.
#include "viewer/answer/analyse.h"

#include <stdlib.h>

#include "viewer/answer/between.h"
#include "viewer/answer/causes.h"
#include "viewer/answer/filtered.h"
#include "viewer/answer/findings.h"
#include "viewer/answer/free_table.h"
#include "viewer/answer/growing.h"
#include "viewer/answer/history.h"
#include "viewer/answer/huge_pages.h"
#include "viewer/answer/keepers.h"
#include "viewer/answer/limit.h"
#include "viewer/answer/moments.h"
#include "viewer/answer/recording.h"
#include "viewer/answer/filter_series.h"
#include "viewer/answer/sites.h"
#include "viewer/answer/skipping.h"
#include "viewer/answer/span_map.h"
#include "viewer/answer/state.h"
#include "viewer/answer/tables.h"
#include "viewer/answer/tag_tables.h"
#include "viewer/answer/untouched.h"
#include "viewer/answer/verdict.h"
#include "viewer/answer/wait_table.h"
#include "viewer/base/memory.h"

static const struct analyse_options no_options;

// ---- the moment ----

// What has been read is answered from the last keyframe, not behind what has
// been read: whoever reads goes on with the heap.
static void find_read(const struct analysis *analysis, enum answer_at at,
                      struct analysis_limit *limit) {
    const struct keyframe *last =
        keyframes_before(&analysis->keyframes, UINT64_MAX, UINT64_MAX);
    uint64_t events = analysis->whole.heap.events;
    if (at == AT_END && last)
        events = last->events;
    if (limit->events > events)
        limit->events = events;
}

// The heap of the moment.
static bool find_now(struct answer_state *state,
                     const struct analyse_options *options,
                     struct failure *failure) {
    struct analysis *analysis = state->of;
    struct analysis_limit limit;
    state->at = limit_at(analysis, options->at);
    if (!limit_find(analysis, options, state->at, &limit, failure))
        return false;
    const struct heap *end = &analysis->whole.heap;
    if (analysis->reading) {
        find_read(analysis, state->at, &limit);
        analysis_replay(analysis, &state->tables, &state->early, &limit,
                        options);
        state->now = &state->early;
        return true;
    }
    state->now = &analysis->whole;
    state->at_end = analysis->cut || state->at == AT_END ||
                    (limit.time == UINT64_MAX && limit.events >= end->events);
    // Blocks of a heap that was had from an index are read when somebody asks,
    // in the memory of the answer.
    if (state->at_end && !end->spans.source)
        return true;
    if (state->at_end)
        limit = (struct analysis_limit){
            analysis->cut ? end->events : UINT64_MAX, UINT64_MAX};
    analysis_replay(analysis, &state->tables, &state->early, &limit, options);
    state->now = &state->early;
    return true;
}

// The part of the time that is asked for.
static void find_part(struct answer *a, const struct analyse_options *options) {
    struct answer_state *state = a->state;
    struct analysis *analysis = state->of;
    uint64_t from = limit_steps(analysis, options->from_ns);
    uint64_t to = limit_steps(analysis, options->to_ns);
    // One more heap as large as the one at the end.
    uint64_t need =
        analysis->pool.bytes - store_memory(&analysis->keyframes.store);
    if (options->to_ns == 0 || to <= from || analysis->cut ||
        analysis->reading ||
        analysis_room(analysis) < state->pool.bytes + need + need / 4)
        return;
    a->part_points = analysis_part(analysis, &state->tables, from, to, options,
                                   &a->part_count);
    a->part_from_ns = options->from_ns;
    a->part_to_ns = options->to_ns;
}

static bool fill(struct answer *a, const struct analyse_options *options,
                 struct failure *failure) {
    if (!find_now(a->state, options, failure))
        return false;
    a->state->wrappers = options->wrappers;
    a->at = a->state->at;
    if (!options->filter)
        find_part(a, options);
    a->unread_share = a->state->of->reading ? 1 - a->state->of->done : 0;
    a->filter = options->filter;
    owners_make(&a->state->owners, &a->state->of->whole.metrics.threads,
                &a->state->pool);
    recording_fill(a);
    moments_fill(a);
    tables_fill(a);
    sites_fill(a);
    if (!skipping_has_sense(a, failure))
        return false;
    tags_fill(a);
    frees_fill(a);
    waits_fill(a);
    untouched_fill(a);
    span_map_fill(a);
    keepers_fill(a);
    huge_pages_fill(a);
    growing_fill(a, options);
    causes_fill(a);
    findings_fill(a); // and how far the numbers can be trusted
    if (a->filter) {
        filtered_fill(a);
        filter_series_fill(a, options);
    } else {
        verdict_fill(a);
    }
    if (options->has_since && !a->state->of->cut &&
        !between_fill(a, limit_steps(a->state->of, options->since_ns), options,
                      failure))
        return false;
    return history_fill(a, options, failure);
}

// What the blocks that were live by now explain, but for what the analysis has.
static uint64_t answer_explained(const void *context) {
    const struct answer_state *state = context;
    return analysis_room(state->of);
}

static bool try_to_answer(struct answer *a,
                          const struct analyse_options *options,
                          struct failure *failure) {
    struct answer_state *state = a->state;
    struct analysis *analysis = state->of;
    struct pool *pool = &state->pool;
    volatile bool filled = false;
    // Who reads goes on behind the answer.
    const struct trace_order reading = analysis->order;
    const struct trace_event *const rest = analysis->rest;
    jmp_buf out, *const before = analysis->pool.out;

    if (analysis->reading) {
        replay_settle(&analysis->whole);
        analysis->order = (struct trace_order){.run = NULL};
    }

    pool_start(pool, analysis_room(analysis));
    pool->explained = answer_explained;
    pool->context = state;
    state->tables = analysis->tables;
    state->tables.pool = pool;
    if (pool_try(pool, out)) {
        analysis->pool.out = &out; // for what reading again takes
        filled = fill(a, options, failure);
    } else {
        pool_fail(pool->refused            ? pool
                  : analysis->pool.refused ? &analysis->pool
                                           : &analysis->names_pool,
                  analysis->file.path, failure);
        state_names_done(state);
        if (analysis->order.source.file)
            trace_order_close(&analysis->order);
    }
    pool_done(pool);
    pool_done(&analysis->pool);
    analysis->pool.out = before;
    if (analysis->reading) {
        analysis->order = reading;
        analysis->rest = rest;
    }
    uint64_t most = analysis_taken(analysis) + pool->most;
    if (options->memory && *options->memory < most)
        *options->memory = most;
    return filled;
}

struct answer *analyse_moment(struct analysis *analysis,
                              const struct analyse_options *options,
                              struct failure *failure) {
    struct answer *a = memory_zeroed(1, sizeof *a);
    a->state = memory_zeroed(1, sizeof *a->state);
    a->state->of = analysis;
    if (try_to_answer(a, options ? options : &no_options, failure))
        return a;
    answer_free(a);
    return NULL;
}

struct answer *analyse_trace(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure) {
    struct analyse_options once = options ? *options : no_options;
    once.revisits =
        (once.at != AT_END && once.at != AT_USUAL) || once.has_since;
    struct analysis *analysis = analysis_open(path, &once, failure);
    if (!analysis)
        return NULL;
    struct answer *a = analyse_moment(analysis, &once, failure);
    if (a)
        a->state->owns_analysis = true;
    else
        analysis_close(analysis);
    return a;
}
