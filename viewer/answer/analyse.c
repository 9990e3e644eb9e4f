// analyse.c - from a trace to an answer.
//
// One pass applies all events to the model; a second one, up to the moment that
// is asked for, when that is not the end. Then each part of the answer is
// filled, in the order in which they need each other.
#include "viewer/answer/analyse.h"

#include <inttypes.h>

#include "viewer/answer/findings.h"
#include "viewer/answer/moments.h"
#include "viewer/answer/recording.h"
#include "viewer/answer/sites.h"
#include "viewer/answer/state.h"
#include "viewer/answer/tables.h"
#include "viewer/answer/verdict.h"
#include "viewer/base/memory.h"
#include "viewer/trace/order.h"

enum {
    CHECK_EVENTS = 1 << 20,   // between two checks of the identity
    PROGRESS_EVENTS = 1 << 16 // between two calls of progress
};

// How far a pass goes: to this event, and to this time (steps since start).
struct limit {
    uint64_t events;
    uint64_t time;
};

static bool is_beyond(const struct heap *heap, const struct limit *limit,
                      uint64_t events, uint64_t time) {
    return events > limit->events ||
           (time > heap->start && time - heap->start > limit->time);
}

// How many of the events, which are in the order of time, are within the limit.
static size_t within(const struct heap *heap, const struct limit *limit,
                     const struct trace_event *events, size_t count) {
    while (count > 0 &&
           is_beyond(heap, limit, heap->events + count, events[count - 1].time))
        count--;
    return count;
}

static void check(struct replay *replay, bool blocks) {
    replay_settle(replay);
    sums_check(&replay->metrics.sums, &replay->heap, blocks);
}

// Applies the events of the trace to `replay` up to the limit. False when the
// caller's progress function asked to end.
static bool run_pass(struct answer_state *state, struct replay *replay,
                     const struct limit *limit,
                     const struct analyse_options *options) {
    struct trace_order order;
    const struct heap *heap = &replay->heap;
    uint64_t next_check = CHECK_EVENTS, next_progress = PROGRESS_EVENTS;
    bool stopped = false, cancelled = false;

    trace_order_open(&order, &state->file);
    replay_start(replay, &state->tables, order.first_time, order.last_time);
    while (!stopped && !cancelled) {
        size_t count;
        const struct trace_event *events = trace_order_next(&order, &count);
        if (!events)
            break;
        size_t some = within(heap, limit, events, count);
        stopped = some < count;
        replay_events(replay, events, some);
        if (heap->events >= next_check) {
            check(replay, false);
            next_check = heap->events + CHECK_EVENTS;
        }
        if (heap->events >= next_progress && options->progress) {
            double done =
                order.total_bytes == 0
                    ? 1
                    : (double)order.loaded_bytes / (double)order.total_bytes;
            cancelled = !options->progress(options->progress_context, done);
            next_progress = heap->events + PROGRESS_EVENTS;
        }
    }
    if (!stopped)
        replay_end(replay);
    check(replay, true);
    state->missing_events = order.missing_events;
    trace_order_close(&order);
    return !cancelled;
}

// When the snapshot was that is asked for; false: there is none.
static bool find_snapshot(const struct answer_state *state, uint64_t number,
                          uint64_t *time, struct failure *failure) {
    const struct snapshots *all = &state->whole.metrics.snapshots;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].number == number) {
            *time = all->list[i].time;
            return true;
        }
    failure->asked = true;
    return fail(failure, "%s has %zu snapshot%s, and no snapshot-%" PRIu64,
                state->file.path, all->count, all->count == 1 ? "" : "s",
                number);
}

static bool run_passes(struct answer_state *state,
                       const struct analyse_options *options,
                       struct failure *failure) {
    struct limit limit = {UINT64_MAX, UINT64_MAX};
    bool whole = run_pass(state, &state->whole, &limit, options);
    state->now = &state->whole;
    switch (options->at) {
    case AT_END:
        return true;
    case AT_PEAK_HELD:
        limit.events = state->whole.metrics.sums.peaks.held.event;
        break;
    case AT_PEAK_USED:
        limit.events = state->whole.metrics.sums.peaks.used.event;
        break;
    case AT_TIME: {
        if (options->snapshot != 0) {
            // Nothing but the snapshot has its time.
            if (!find_snapshot(state, options->snapshot, &limit.time, failure))
                return false;
            break;
        }
        uint64_t steps = trace_clock_steps(&state->tables, options->at_ns);
        limit.time = steps > state->whole.heap.start
                         ? steps - state->whole.heap.start
                         : 0;
        break;
    }
    }
    if (!whole || limit.events >= state->whole.heap.events)
        if (options->at != AT_TIME || !whole)
            return true;
    uint64_t missing = state->missing_events;
    run_pass(state, &state->early, &limit, options);
    state->missing_events = missing;
    state->now = &state->early;
    return true;
}

// Whether every block is damaged.
static bool nothing_is_whole(const struct answer_state *state) {
    if (state->file.damaged_blocks == 0 ||
        state->file.damaged_blocks < state->file.block_count ||
        state->tables.fact_count > 0)
        return false;
    for (size_t i = 0; i < state->file.block_count; i++)
        if (!state->file.blocks[i].damaged)
            return false;
    return true;
}

static bool fill(struct answer *a, const struct analyse_options *options,
                 struct failure *failure) {
    struct answer_state *state = a->state;
    trace_tables_load(&state->tables, &state->file);
    if (nothing_is_whole(state)) {
        *failure = state->file.damage[0].what;
        return false;
    }
    if (!run_passes(state, options, failure))
        return false;
    state->symbols =
        symbols_new(&state->tables, options->skip_functions,
                    options->skip_function_count, !options->no_names);
    recording_fill(a);
    moments_fill(a);
    tables_fill(a);
    sites_fill(a);
    findings_fill(a);
    verdict_fill(a);
    return true;
}

// What the blocks that were live by now explain.
static uint64_t explained(const void *context) {
    const struct answer_state *state = context;
    uint64_t whole = state->whole.heap.most_blocks;
    uint64_t early = state->early.heap.most_blocks;
    return trace_file_memory(state->file.size, whole > early ? whole : early);
}

static bool attempt(struct answer *a, const char *path,
                    const struct analyse_options *options,
                    struct failure *failure) {
    struct pool *pool = &a->state->pool;
    volatile bool filled = false;
    jmp_buf out;

    pool_start(pool, trace_file_memory(0, 0));
    pool->explained = explained;
    pool->context = a->state;
    if (pool_try(pool, out))
        filled = trace_file_open_in(&a->state->file, pool, path, failure) &&
                 fill(a, options, failure);
    else
        pool_fail(pool, path, failure);
    pool_done(pool);
    if (options->memory)
        *options->memory = pool->most;
    return filled;
}

struct answer *analyse_trace(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure) {
    static const struct analyse_options none;
    struct answer *a = memory_zeroed(1, sizeof *a);
    a->state = memory_zeroed(1, sizeof *a->state);
    a->state->file.fd = -1;
    if (attempt(a, path, options ? options : &none, failure))
        return a;
    answer_free(a);
    return NULL;
}
