// indexing.c - the keyframes of an analysis.
//
// In a file they take less than the trace: at any time at most a part of what
// has been read of it and a small one of the rest. In memory they take a part
// of the budget, at the same pace.
#include "viewer/answer/indexing.h"

#include <stdio.h>
#include <string.h>

#include "viewer/answer/limit.h"
#include "viewer/answer/middle.h"
#include "viewer/index/heap_frame.h"

enum {
    LEAST_EVENTS = 1 << 20, // of a trace that has an index by itself
    PART = 9,
    PART_OF = 10,                // of the trace, that an index may have
    AHEAD = 16,                  // and, of the rest of it, a part beforehand
    NEAR = 1 << 12,              // events that a moment is had from in no time
    CLOSE = 2 * TRACE_ORDER_RUN, // before it, where a keyframe for it may be
    FAR = 1 << 14,
};

_Static_assert((int)INDEX_ASIDE == (int)KEYFRAMES_ASIDE,
               "the file has a place for each keyframe beside the list");

static uint64_t count_events(const struct trace_file *file) {
    uint64_t sum = 0;
    for (size_t i = 0; i < file->block_count; i++)
        if (file->blocks[i].header.kind == TRACE_EVENTS)
            sum += file->blocks[i].header.event_count;
    return sum;
}

static bool wants_file(const struct analysis *analysis,
                       const struct analyse_options *options) {
    return options->index == INDEX_ALWAYS ||
           (options->index == INDEX_WHEN_LARGE &&
            count_events(&analysis->file) >= LEAST_EVENTS);
}

// Those of the file, as far as they are of the trace as it is now.
static bool list_file(struct analysis *analysis) {
    struct index_file *index = &analysis->index;
    uint64_t start = UINT64_MAX;
    for (size_t i = 0; i < analysis->file.block_count; i++) {
        const struct trace_block_header *header =
            &analysis->file.blocks[i].header;
        if (header->kind == TRACE_EVENTS && header->event_count > 0 &&
            header->first_time < start)
            start = header->first_time;
    }
    uint64_t first_new = index_file_grow(index, &analysis->file);
    if (index->header.last_keyframe == 0)
        return true;
    if (!keyframes_list(&analysis->keyframes, index->header.last_keyframe))
        return false;
    for (size_t i = 0; i < INDEX_ASIDE; i++)
        if (!keyframes_list_aside(&analysis->keyframes, i,
                                  index->header.aside[i]))
            return false;
    if (first_new != UINT64_MAX)
        keyframes_forget(&analysis->keyframes,
                         first_new > start ? first_new - start : 0);
    return true;
}

static void begin(struct analysis *analysis,
                  const struct analyse_options *options, bool file) {
    keyframes_start(&analysis->keyframes, &analysis->pool,
                    options->keyframe_events,
                    file ? &analysis->index.file : NULL);
}

void indexing_start(struct analysis *analysis,
                    const struct analyse_options *options) {
    struct index_file *index = &analysis->index;
    bool file = wants_file(analysis, options) &&
                index_file_open(index, &analysis->file, &analysis->pool);
    begin(analysis, options, file);
    if (file && !list_file(analysis)) {
        keyframes_free(&analysis->keyframes);
        indexing_restart(analysis, options);
    }
    analysis->indexes = options->revisits || file;
}

void indexing_restart(struct analysis *analysis,
                      const struct analyse_options *options) {
    struct index_file *index = &analysis->index;
    bool writes = index->writes;
    keyframes_free(&analysis->keyframes); // and the file is closed
    index_file_remove(index);
    index_file_free(index);
    bool file =
        writes && index_file_open(index, &analysis->file, &analysis->pool);
    snprintf(index->says, sizeof index->says,
             "%.120s: the index is damaged; it is %s", analysis->file.path,
             file ? "made anew" : "kept in memory");
    begin(analysis, options, file);
    if (file)
        index_file_grow(index, &analysis->file);
}

void indexing_stop(struct analysis *analysis) {
    keyframes_free(&analysis->keyframes);
    index_file_free(&analysis->index);
}

// ---- while it is read ----

// Bytes that the store may have by now.
static uint64_t budget(const struct analysis *analysis, uint64_t memory) {
    const struct store *store = &analysis->keyframes.store;
    const struct trace_order *order = &analysis->order;
    uint64_t loaded = order->source.loaded_bytes, all = order->total_bytes;
    // A heap that grows is written for the first time, which takes more than
    // has been read of it; later there is less to be written.
    if (loaded < all)
        loaded += (all - loaded) / AHEAD;
    if (store->file_end == UINT64_MAX)
        return STORE_FIRST + loaded / PART_OF * PART;
    if (loaded < all && !analysis->keyframes.fixed)
        memory = (uint64_t)((double)memory * (double)loaded / (double)all);
    return store->file_end + memory;
}

static void commit(struct analysis *analysis, bool whole) {
    struct index_file *index = &analysis->index;
    const struct keyframes *keyframes = &analysis->keyframes;
    const struct store *store = &keyframes->store;
    if (!index->path || !index->writes || keyframes->count == 0)
        return;
    for (size_t i = 0; i < INDEX_ASIDE; i++)
        index->header.aside[i] = keyframes->aside[i].place;
    if (store->file_end == UINT64_MAX)
        index_file_commit(index, keyframes->list[keyframes->count - 1].place,
                          store->size, whole);
    else if (store->error && !*index->says)
        snprintf(index->says, sizeof index->says,
                 "%.120s: %s; the rest of the index is kept in memory",
                 index->path, strerror(store->error));
}

static void take(struct analysis *analysis, uint64_t budget, bool whole) {
    if (keyframes_take(&analysis->keyframes, &analysis->whole, &analysis->order,
                       budget))
        commit(analysis, whole);
}

void indexing_see(struct analysis *analysis, uint64_t memory) {
    if (analysis->indexes &&
        keyframes_due(&analysis->keyframes, &analysis->whole.heap))
        take(analysis, budget(analysis, memory), false);
}

void indexing_end(struct analysis *analysis, uint64_t memory) {
    struct keyframes *keyframes = &analysis->keyframes;
    size_t count = keyframes->count;
    uint64_t events = analysis->whole.heap.events;
    if (!analysis->index.path)
        return;
    // So that nothing is left to be read the next time, also where the last one
    // took more than was expected.
    uint64_t most = budget(analysis, memory);
    if (most < keyframes->store.size)
        most = keyframes->store.size;
    if (count == 0 || keyframes->list[count - 1].events < events)
        take(analysis, most + keyframes->cost, true);
    if (keyframes->count == count)
        commit(analysis, true);
}

// ---- moments that many ask for ----

bool indexing_wants_moments(const struct analysis *analysis) {
    const struct index_file *index = &analysis->index;
    return index->path && index->writes && analysis->tables.has_trailer &&
           analysis->keyframes.count > 0 &&
           analysis->keyframes.store.file_end == UINT64_MAX &&
           index->header.aside_blocks != index->header.trace_blocks;
}

// The moments, by the place that their keyframe has beside the list.
enum { MIDDLE = AT_USUAL }; // middle.h
static const int moments[KEYFRAMES_ASIDE] = {AT_WORST, AT_PEAK_HELD,
                                             AT_PEAK_USED, MIDDLE};

// The last event before the moment. False: nobody asks for it.
static bool find_moment(struct analysis *analysis, int moment,
                        uint64_t *event) {
    static const struct analyse_options none;
    const struct replay *whole = &analysis->whole;
    struct analysis_limit limit;
    struct failure failure;
    if (moment == MIDDLE) {
        const struct timeline_step *step =
            middle_step(&whole->metrics.sums.timeline, whole->heap.time);
        *event = step ? step->at.event : 0;
        return step && middle_is_asked_for(whole, &analysis->pool);
    }
    bool found =
        limit_find(analysis, &none, (enum answer_at)moment, &limit, &failure);
    *event = limit.events;
    return found && limit.events <= whole->heap.events;
}

// Whether the moment has no keyframe close before it.
static bool lacks_keyframe(struct analysis *analysis, int moment,
                           uint64_t *event) {
    if (!find_moment(analysis, moment, event))
        return false;
    const struct keyframe *before =
        keyframes_before(&analysis->keyframes, *event, UINT64_MAX);
    return *event - (before ? before->events : 0) > NEAR;
}

// Close before the moment a heap may not be at rest: then once more, from
// further away.
static const uint64_t distances[] = {CLOSE, FAR};

enum { DISTANCES = 2, TRIES = KEYFRAMES_ASIDE * DISTANCES };

bool indexing_next_moment(struct analysis *analysis, uint64_t *event) {
    while (analysis->tries < TRIES) {
        int moment = moments[analysis->tries++ / DISTANCES];
        analysis->takes_moment = lacks_keyframe(analysis, moment, event);
        if (analysis->takes_moment)
            return true;
    }
    analysis->index.header.aside_blocks = analysis->index.header.trace_blocks;
    commit(analysis, true);
    return false;
}

// With them the index is no larger than the trace.
void indexing_see_moment(struct analysis *analysis, struct replay *replay,
                         uint64_t event) {
    size_t try = analysis->tries - 1;
    if (!analysis->takes_moment || replay->failed ||
        replay->heap.events + distances[try % DISTANCES] <= event ||
        !heap_at_rest(&replay->heap))
        return;
    analysis->takes_moment = false;
    if (!keyframes_take_aside(&analysis->keyframes, try / DISTANCES, replay,
                              &analysis->order, analysis->file.size))
        analysis->tries = TRIES; // there is no room for another either
}

void indexing_say(struct analysis *analysis,
                  const struct analyse_options *options) {
    if (*analysis->index.says && options->say)
        options->say(options->say_context, analysis->index.says);
    *analysis->index.says = '\0';
}
