// analysis.c - a trace that has been read: the heap at its end, and keyframes
// from which the heap of any other moment is had.
#include "viewer/answer/analysis.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/answer/indexing.h"
#include "viewer/base/memory.h"
#include "viewer/heap/ancestor.h"
#include "viewer/trace/past.h"

enum {
    CHECK_EVENTS = 1 << 20,     // between two checks of the identity
    PROGRESS_EVENTS = 1 << 16,  // between two calls of progress
    KEYFRAMES_LEAST = 32 << 20, // bytes for keyframes, where there is room
    KEYFRAMES_PER_BLOCK = 16,   // and so many more for each live block
    PART_EVENTS = 1 << 22,      // that a part of the time is read again for
};

static bool is_beyond(const struct heap *heap,
                      const struct analysis_limit *limit, uint64_t events,
                      uint64_t time) {
    return events > limit->events ||
           (time > heap->start && time - heap->start > limit->time);
}

// How many of the events, which are in the order of time, are within the limit.
static size_t within(const struct heap *heap,
                     const struct analysis_limit *limit,
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

uint64_t analysis_memory(const struct analysis *analysis) {
    return trace_file_memory(analysis->file.size,
                             analysis->whole.heap.most_blocks);
}

uint64_t analysis_taken(const struct analysis *analysis) {
    return analysis->pool.bytes + analysis->names_pool.bytes;
}

uint64_t analysis_room(const struct analysis *analysis) {
    uint64_t all = analysis_memory(analysis);
    uint64_t taken = analysis_taken(analysis);
    return all > taken ? all - taken : 0;
}

// Bytes that keyframes may take in memory: the heap of another moment, and one
// more while that is shown, are to have room beside them.
static uint64_t for_keyframes(const struct analysis *analysis) {
    uint64_t all = analysis_memory(analysis);
    uint64_t most = KEYFRAMES_LEAST + analysis->whole.heap.most_blocks *
                                          (uint64_t)KEYFRAMES_PER_BLOCK;
    uint64_t taken =
        2 * (analysis->pool.bytes - store_memory(&analysis->keyframes.store));
    uint64_t left = all > taken ? (all - taken) / 2 : 0;
    return left < most ? left : most;
}

// The next event to check behind: the same ones wherever the reading began.
static uint64_t behind(uint64_t events) {
    return (events / CHECK_EVENTS + 1) * CHECK_EVENTS;
}

// The next events: those behind the last limit first.
static const struct trace_event *next(struct analysis *analysis,
                                      size_t *count) {
    const struct trace_event *rest = analysis->rest;
    analysis->rest = NULL;
    *count = analysis->rest_count;
    return rest ? rest : trace_order_next(&analysis->order, count);
}

static double share_read(const struct trace_order *order) {
    return order->total_bytes == 0 ? 1
                                   : (double)order->source.loaded_bytes /
                                         (double)order->total_bytes;
}

// Applies the events that are still to come, up to the limit. False when the
// caller's progress function asked to end.
static bool run(struct analysis *analysis, struct replay *replay,
                const struct analysis_limit *limit,
                const struct analyse_options *options) {
    struct trace_order *order = &analysis->order;
    const struct heap *heap = &replay->heap;
    uint64_t next_check = behind(heap->events);
    uint64_t next_progress = heap->events + PROGRESS_EVENTS;
    bool stopped = false, cancelled = false;

    while (!stopped && !cancelled) {
        size_t count;
        const struct trace_event *events = next(analysis, &count);
        if (!events)
            break;
        size_t some = within(heap, limit, events, count);
        stopped = some < count;
        if (stopped) {
            analysis->rest = events + some;
            analysis->rest_count = count - some;
        }
        replay_events(replay, events, some);
        if (heap->events >= next_check) {
            check(replay, false);
            next_check = behind(heap->events);
        }
        if (replay == &analysis->whole)
            indexing_see(analysis, for_keyframes(analysis));
        else if (!stopped)
            indexing_see_moment(analysis, replay, limit->events);
        if (heap->events >= next_progress && options->progress) {
            double done = share_read(order);
            if (analysis->reading && replay == &analysis->whole) {
                analysis->done = done;
                if (options->look)
                    options->look(options->progress_context, analysis);
            }
            cancelled = !options->progress(options->progress_context, done);
            next_progress = heap->events + PROGRESS_EVENTS;
        }
    }
    if (replay == &analysis->whole && !cancelled)
        indexing_end(analysis, for_keyframes(analysis));
    if (!stopped)
        replay_end(replay);
    check(replay, true);
    return !cancelled;
}

// Starts the replay and opens the order of the events.
static void start(struct analysis *analysis, const struct trace_tables *tables,
                  struct replay *replay) {
    trace_order_open(&analysis->order, &analysis->file);
    analysis->rest = NULL;
    replay_start(replay, tables, analysis->order.first_time,
                 analysis->order.last_time);
}

// Whether every block is damaged.
static bool nothing_is_whole(const struct analysis *analysis) {
    const struct trace_file *file = &analysis->file;
    if (file->damaged_blocks == 0 || file->damaged_blocks < file->block_count ||
        analysis->tables.fact_count > 0)
        return false;
    for (size_t i = 0; i < file->block_count; i++)
        if (!file->blocks[i].damaged)
            return false;
    return true;
}

// Starts the replay of all of it, from the last keyframe that is there.
static void start_whole(struct analysis *analysis,
                        const struct analyse_options *options) {
    const struct keyframe *last =
        keyframes_before(&analysis->keyframes, UINT64_MAX, UINT64_MAX);
    start(analysis, &analysis->tables, &analysis->whole);
    if (!last || keyframes_return(&analysis->keyframes, last, &analysis->whole,
                                  &analysis->order))
        return;
    trace_order_close(&analysis->order);
    replay_free(&analysis->whole);
    indexing_restart(analysis, options);
    start(analysis, &analysis->tables, &analysis->whole);
}

// The heap of the nearest keyframe before the limit, or that of the start.
static void start_before(struct analysis *analysis,
                         const struct trace_tables *tables,
                         struct replay *replay,
                         const struct analysis_limit *limit) {
    const struct keyframe *keyframe =
        keyframes_before(&analysis->keyframes, limit->events, limit->time);
    start(analysis, tables, replay);
    if (!keyframe || keyframes_return(&analysis->keyframes, keyframe, replay,
                                      &analysis->order))
        return;
    trace_order_close(&analysis->order);
    replay_free(replay);
    start(analysis, tables, replay);
}

// Reads the events to their end. What is damaged is found in reading: an index
// would not know of it.
static void read_events(struct analysis *analysis,
                        const struct analyse_options *options) {
    static const struct analysis_limit none = {UINT64_MAX, UINT64_MAX};
    uint64_t damaged = analysis->file.damaged_blocks;
    analysis->reading = true;
    indexing_start(analysis, options);
    start_whole(analysis, options);
    analysis->cut = !run(analysis, &analysis->whole, &none, options);
    if (analysis->whole.failed) {
        trace_order_close(&analysis->order);
        replay_free(&analysis->whole);
        indexing_restart(analysis, options);
        start(analysis, &analysis->tables, &analysis->whole);
        analysis->cut = !run(analysis, &analysis->whole, &none, options);
    }
    analysis->reading = false;
    analysis->done = 1;
    if (analysis->file.damaged_blocks > damaged)
        index_file_remove(&analysis->index);
    indexing_say(analysis, options);
}

// ---- keyframes of moments that many ask for ----

// The trace has been read, whatever else is done.
static bool tell_all(void *context, double done) {
    const struct analyse_options *options = context;
    (void)done;
    return options->progress(options->progress_context, 1);
}

static bool take_moment(struct analysis *analysis, uint64_t event,
                        const struct analyse_options *options) {
    const struct analysis_limit limit = {event, UINT64_MAX};
    struct replay *replay = pool_zeroed(&analysis->pool, 1, sizeof *replay);
    start_before(analysis, &analysis->tables, replay, &limit);
    bool whole = run(analysis, replay, &limit, options);
    analysis->takes_moment = false;
    trace_order_close(&analysis->order);
    replay_free(replay);
    pool_give(&analysis->pool, replay);
    return whole;
}

// Where one more heap as large as the one at the end has room.
static void take_moments(struct analysis *analysis,
                         const struct analyse_options *options) {
    const struct analyse_options told = {
        .progress = options->progress ? tell_all : NULL,
        .progress_context = (void *)options};
    uint64_t need =
        analysis->pool.bytes - store_memory(&analysis->keyframes.store);
    if (analysis->cut || analysis->file.damaged_blocks > 0 ||
        !indexing_wants_moments(analysis) ||
        analysis_room(analysis) < need + need / 4)
        return;
    uint64_t event;
    while (indexing_next_moment(analysis, &event))
        if (!take_moment(analysis, event, &told))
            return; // the next reading does it
}

static void start_names(struct analysis *analysis,
                        const struct analyse_options *options) {
    struct pool *names = &analysis->names_pool;
    pool_start(names, analysis_room(analysis));
    names->out = analysis->pool.out;
    analysis->names_tables = analysis->tables;
    analysis->names_tables.pool = names;
    analysis->symbols = symbols_new(&analysis->names_tables, analysis->rules,
                                    !options->no_names);
    pool_done(names);
}

static bool read_all(struct analysis *analysis, const char *path,
                     const struct analyse_options *options,
                     struct failure *failure) {
    if (!trace_file_open_in(&analysis->file, &analysis->pool, path, failure))
        return false;
    trace_tables_load(&analysis->tables, &analysis->file);
    ancestor_read(&analysis->tables, &analysis->file);
    if (nothing_is_whole(analysis)) {
        *failure = analysis->file.damage[0].what;
        return false;
    }
    start_names(analysis, options);
    read_events(analysis, options);
    analysis->missing_events = analysis->order.source.missing_events;
    trace_order_close(&analysis->order);
    take_moments(analysis, options);
    analysis->names_pool.limit = analysis_room(analysis);
    return true;
}

static uint64_t explained(const void *context) {
    return analysis_memory(context);
}

static bool try_to_read(struct analysis *analysis, const char *path,
                        const struct analyse_options *options,
                        struct failure *failure) {
    struct pool *pool = &analysis->pool;
    volatile bool whole = false;
    jmp_buf out;

    pool_start(pool, trace_file_memory(0, 0));
    pool->explained = explained;
    pool->context = analysis;
    if (pool_try(pool, out))
        whole = read_all(analysis, path, options, failure);
    else
        pool_fail(pool->refused ? pool : &analysis->names_pool, path, failure);
    pool_done(pool);
    if (options->memory)
        *options->memory = pool->most;
    return whole;
}

static bool read_rules(struct analysis *analysis,
                       const struct analyse_options *options,
                       struct failure *failure) {
    struct skip_rules *rules = analysis->rules = skip_rules_new();
    failure->asked = true;
    if (options->skip && !skip_rules_add_skips(rules, options->skip, failure))
        return false;
    if (options->rules_path &&
        !skip_rules_add_file(rules, options->rules_path, failure))
        return false;
    failure->asked = false;
    skip_rules_add_built_in(rules);
    return true;
}

struct analysis *analysis_open(const char *path,
                               const struct analyse_options *options,
                               struct failure *failure) {
    static const struct analyse_options none;
    options = options ? options : &none;
    struct analysis *analysis = memory_zeroed(1, sizeof *analysis);
    analysis->file.fd = -1;
    pthread_mutex_init(&analysis->names_lock, NULL);
    if (read_rules(analysis, options, failure) &&
        try_to_read(analysis, path, options, failure))
        return analysis;
    analysis_close(analysis);
    return NULL;
}

bool analysis_is_whole(const struct analysis *analysis) {
    return !analysis->cut;
}

void analysis_close(struct analysis *analysis) {
    if (!analysis)
        return;
    symbols_free(analysis->symbols);
    skip_rules_free(analysis->rules);
    indexing_stop(analysis);
    trace_file_close(&analysis->file);
    past_free(analysis->tables.past);
    pool_free(&analysis->names_pool);
    pool_free(&analysis->pool);
    pthread_mutex_destroy(&analysis->names_lock);
    free(analysis);
}

// ---- another moment ----

void analysis_replay(struct analysis *analysis,
                     const struct trace_tables *tables, struct replay *replay,
                     const struct analysis_limit *limit,
                     const struct analyse_options *options) {
    start_before(analysis, tables, replay, limit);
    run(analysis, replay, limit, options);
    trace_order_close(&analysis->order);
    if (!replay->failed)
        return;
    // What is damaged behind its back: it is had from the start.
    replay_free(replay);
    keyframes_forget(&analysis->keyframes, 0);
    start_before(analysis, tables, replay, limit);
    run(analysis, replay, limit, options);
    trace_order_close(&analysis->order);
}

// ---- a part of it, change by change ----

struct seeing {
    const struct analysis_watch *watch;
    const struct heap *heap;
};

static void see(struct change_log *log, void *context) {
    const struct seeing *s = context;
    s->watch->see(s->watch->context, s->heap, log->list, log->count);
    log->count = log->kinds = 0;
}

// The metrics of the replay are not fed.
static bool see_events(struct analysis *analysis, struct replay *replay,
                       const struct analysis_limit *limit,
                       const struct analyse_options *options) {
    struct heap *heap = &replay->heap;
    uint64_t next_progress = heap->events + PROGRESS_EVENTS;
    for (;;) {
        size_t count, some;
        const struct trace_event *events = next(analysis, &count);
        if (!events) {
            apply_end(heap);
            return true;
        }
        some = within(heap, limit, events, count);
        apply_events(heap, events, some);
        if (some < count) { // of those behind nothing is to be known
            heap_flush(heap);
            return true;
        }
        if (!options->progress || heap->events < next_progress)
            continue;
        next_progress = heap->events + PROGRESS_EVENTS;
        if (!options->progress(options->progress_context,
                               share_read(&analysis->order)))
            return false;
    }
}

bool analysis_see(struct analysis *analysis, const struct trace_tables *tables,
                  uint64_t since, const struct analysis_limit *limit,
                  const struct analyse_options *options,
                  const struct analysis_watch *watch) {
    const struct analysis_limit from = {limit->events, since};
    struct replay *replay = pool_zeroed(tables->pool, 1, sizeof *replay);
    struct seeing seeing = {watch, &replay->heap};
    start_before(analysis, tables, replay, &from);
    replay->log.flush = see;
    replay->log.context = &seeing;
    watch->begin(watch->context, replay);
    bool whole = see_events(analysis, replay, limit, options);
    if (whole && !replay->failed && watch->end)
        watch->end(watch->context, &replay->heap);
    bool failed = replay->failed;
    trace_order_close(&analysis->order);
    replay_free(replay);
    pool_give(tables->pool, replay);
    if (!failed)
        return whole;
    keyframes_forget(&analysis->keyframes, 0); // as in analysis_replay
    return analysis_see(analysis, tables, since, limit, options, watch);
}

// Events up to the time, about: as if they came evenly between keyframes.
static double events_before(const struct analysis *analysis, uint64_t time) {
    const struct keyframes *all = &analysis->keyframes;
    double events = 0, begin = 0;
    for (size_t i = 0; i <= all->count; i++) {
        const struct heap *end = &analysis->whole.heap;
        uint64_t next_time = i < all->count ? all->list[i].time : end->time;
        uint64_t next = i < all->count ? all->list[i].events : end->events;
        if (time < next_time)
            return events + ((double)next - events) * ((double)time - begin) /
                                ((double)next_time - begin);
        events = (double)next;
        begin = (double)next_time;
    }
    return events;
}

struct timeline_point *analysis_part(struct analysis *analysis,
                                     const struct trace_tables *tables,
                                     uint64_t from, uint64_t to,
                                     const struct analyse_options *options,
                                     size_t *count) {
    *count = 0;
    if (events_before(analysis, to) - events_before(analysis, from) >
        PART_EVENTS)
        return NULL;
    struct replay *replay = pool_zeroed(tables->pool, 1, sizeof *replay);
    struct timeline *timeline = &replay->metrics.sums.timeline;
    struct analysis_limit begin = {UINT64_MAX, from}, end = {UINT64_MAX, to};
    start_before(analysis, tables, replay, &begin);
    run(analysis, replay, &begin, options);
    timeline_part(timeline, &replay->metrics.sums.now, from, to - from);
    if (analysis->rest)
        run(analysis, replay, &end, options);
    timeline_end(timeline, &replay->metrics.sums.now, to);
    struct timeline_point *points =
        timeline_points(timeline, &replay->heap, tables->pool, count);
    trace_order_close(&analysis->order);
    replay_free(replay);
    pool_give(tables->pool, replay);
    return points;
}
