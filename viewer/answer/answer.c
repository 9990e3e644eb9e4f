// answer.c - everything that is known about one recording, ready to show.
#include "viewer/answer/answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/base/memory.h"
#include "viewer/heap/check.h"
#include "viewer/base/text.h"

enum {
    BATCH_EVENTS = 1024,      // applied at a time
    CHECK_EVENTS = 1 << 20,   // between two checks of the identity
    PROGRESS_EVENTS = 1 << 16 // between two calls of progress
};

__attribute__((format(printf, 1, 0))) static char *format_text(
    const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    char *text = memory_get((size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

static void add_text(char ***list, size_t *count, char *text) {
    *list = memory_resize(*list, *count + 1, sizeof **list);
    (*list)[(*count)++] = text;
}

const char *analysis_text(struct analysis *analysis, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    add_text(&analysis->state->texts, &analysis->state->text_count, text);
    return text;
}

void analysis_say(char ***list, size_t *count, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    add_text(list, count, text);
}

uint64_t analysis_ns(const struct analysis *analysis, uint64_t steps) {
    const struct analysis_state *state = analysis->state;
    return trace_clock_ns(&state->tables, state->whole.start + steps);
}

const char *analysis_thread_name(const struct analysis *analysis,
                                 const struct model *model, uint32_t thread) {
    if (thread >= model->ring_count || model->rings[thread].name == UINT64_MAX)
        return NULL;
    return trace_text(&analysis->state->tables, model->rings[thread].name);
}

// How far a pass goes: to this event, and to this time (steps since start).
struct limit {
    uint64_t events;
    uint64_t time;
};

// Applies the events of the trace to `model` up to the limit. False when the
// caller's progress function asked to end.
static bool run_pass(struct analysis_state *state, struct model *model,
                     const struct limit *limit) {
    struct trace_order order;
    uint64_t next_check = CHECK_EVENTS, next_progress = PROGRESS_EVENTS;
    bool stopped = false, cancelled = false;

    trace_order_open(&order, &state->file);
    heap_start(model, &state->tables, order.first_time, order.last_time);
    struct trace_event *events = memory_get(BATCH_EVENTS * sizeof *events);
    while (!stopped && !cancelled) {
        size_t count = trace_order_read(&order, events, BATCH_EVENTS);
        if (count == 0)
            break;
        for (size_t i = 0; i < count && !stopped; i++)
            if (model->events + i >= limit->events ||
                (events[i].time > model->start &&
                 events[i].time - model->start > limit->time)) {
                count = i;
                stopped = true;
            }
        heap_apply(model, events, count);
        if (model->events >= next_check) {
            check_identity(model);
            next_check = model->events + CHECK_EVENTS;
        }
        if (model->events >= next_progress && state->options.progress) {
            double done =
                order.total_bytes == 0
                    ? 1
                    : (double)order.loaded_bytes / (double)order.total_bytes;
            cancelled =
                !state->options.progress(state->options.progress_context, done);
            next_progress = model->events + PROGRESS_EVENTS;
        }
    }
    free(events);
    if (!stopped)
        heap_end(model);
    check_identity(model);
    state->missing_events = order.missing_events;
    trace_order_close(&order);
    return !cancelled;
}

// When the snapshot was that is asked for; false: there is none.
static bool find_snapshot(const struct analysis_state *state, uint64_t *time,
                          struct failure *failure) {
    const struct model *model = &state->whole;
    uint64_t number = state->options.snapshot;
    for (size_t i = 0; i < model->snapshot_count; i++)
        if (model->snapshots[i].number == number) {
            *time = model->snapshots[i].time;
            return true;
        }
    failure->asked = true;
    return fail(failure, "%s has %zu snapshot%s, and no snapshot-%" PRIu64,
                state->file.path, model->snapshot_count,
                model->snapshot_count == 1 ? "" : "s", number);
}

static bool run_passes(struct analysis_state *state, struct failure *failure) {
    struct limit limit = {UINT64_MAX, UINT64_MAX};
    bool whole = run_pass(state, &state->whole, &limit);
    state->now = &state->whole;
    switch (state->options.at) {
    case AT_END:
        return true;
    case AT_PEAK_HELD:
        limit.events = state->whole.peak_held.event;
        break;
    case AT_PEAK_USED:
        limit.events = state->whole.peak_used.event;
        break;
    case AT_TIME: {
        if (state->options.snapshot != 0) {
            // Nothing but the snapshot has its time.
            if (!find_snapshot(state, &limit.time, failure))
                return false;
            break;
        }
        uint64_t steps =
            trace_clock_steps(&state->tables, state->options.at_ns);
        limit.time =
            steps > state->whole.start ? steps - state->whole.start : 0;
        break;
    }
    }
    if (!whole || limit.events >= state->whole.events)
        if (state->options.at != AT_TIME || !whole)
            return true;
    uint64_t missing = state->missing_events;
    run_pass(state, &state->early, &limit);
    state->missing_events = missing;
    state->now = &state->early;
    return true;
}

static const char *command_name(const char *path) {
    const char *name = text_base_name(path);
    return *name ? name : path;
}

static void fill_recording(struct analysis *a) {
    struct analysis_state *state = a->state;
    const struct trace_tables *tables = &state->tables;
    const struct trace_fact *fact;

    a->path = state->file.path;
    a->trace_bytes = state->file.size;
    a->process_id = state->file.header.process_id;
    a->start_unix_ns = state->file.header.start_unix_ns;
    if ((fact = trace_fact(tables, "program")))
        a->program = fact->value;
    if ((fact = trace_fact(tables, "arguments"))) {
        const char *at = fact->value, *end = at + fact->value_bytes;
        while (at < end) {
            add_text(&a->arguments, &a->argument_count, (char *)at);
            at += strlen(at) + 1;
        }
    }
    // As it was called, when that is known: /usr/bin/python3 may be a link.
    if (a->argument_count > 0 && a->arguments[0][0])
        a->command = command_name(a->arguments[0]);
    else if ((fact = trace_fact(tables, "command")))
        a->command = fact->value;
    else if (a->program)
        a->command = command_name(a->program);
    a->span_bytes = state->whole.span_bytes;
    a->stack_frames =
        (uint32_t)trace_fact_number(tables, "stack_frames", UINT32_MAX);
    a->stacks_recorded = state->tables.node_count > 0;
    a->events = state->whole.events;
    a->duration_ns = analysis_ns(a, state->whole.time);
    if (tables->has_trailer && tables->trailer.duration_ns > a->duration_ns)
        a->duration_ns = tables->trailer.duration_ns;
}

static double ratio(double held, double used) {
    return used > 0 ? held / used : 0;
}

static void fill_bytes(struct analysis *a) {
    const struct model *whole = &a->state->whole, *now = a->state->now;

    model_moment(now, &a->now);
    a->peak_held = whole->peak_held;
    a->peak_used = whole->peak_used;
    a->now.time_ns = model_ns(now, now->time);
    a->peak_held.time_ns = model_ns(whole, whole->peak_held_time);
    a->peak_used.time_ns = model_ns(whole, whole->peak_used_time);
    for (int i = 0; i < PARTS; i++)
        a->mean_part_bytes[i] = model_mean(now, &now->parts[i]);
    a->mean_held_bytes = model_mean(now, &now->held);
    a->peak_held_bytes = a->peak_held.held_bytes;
    a->peak_used_bytes = a->peak_used.part_bytes[PART_USED];

    a->ratio_now =
        ratio((double)a->now.held_bytes, (double)a->now.part_bytes[PART_USED]);
    a->ratio_at_peak_used =
        ratio((double)a->peak_used.held_bytes, (double)a->peak_used_bytes);
    a->ratio_at_peak_held = ratio((double)a->peak_held_bytes,
                                  (double)a->peak_held.part_bytes[PART_USED]);
    a->ratio_peak_to_peak =
        ratio((double)a->peak_held_bytes, (double)a->peak_used_bytes);
    a->ratio_mean = ratio(a->mean_held_bytes, a->mean_part_bytes[PART_USED]);

    a->allocations = now->allocations;
    a->frees = now->frees;
    a->deferred_frees = now->deferred_frees;
    a->reallocations = now->reallocations;
    a->temporary = now->temporary;
    a->segments = now->segments;
}

struct analysis *analysis_run(const char *path,
                              const struct analysis_options *options,
                              struct failure *failure) {
    struct analysis *a = memory_zeroed(1, sizeof *a);
    struct analysis_state *state = memory_zeroed(1, sizeof *state);
    a->state = state;
    if (options)
        state->options = *options;
    if (!trace_file_open(&state->file, path, failure)) {
        free(state);
        free(a);
        return NULL;
    }
    trace_tables_load(&state->tables, &state->file);
    if (state->file.damaged_blocks > 0 &&
        state->file.damaged_blocks >= state->file.block_count &&
        state->tables.fact_count == 0) {
        bool any = false;
        for (size_t i = 0; i < state->file.block_count; i++)
            any |= !state->file.blocks[i].damaged;
        if (!any) {
            *failure = state->file.damage[0].what;
            analysis_free(a);
            return NULL;
        }
    }
    if (!run_passes(state, failure)) {
        analysis_free(a);
        return NULL;
    }
    state->symbols = symbols_new(&state->tables, state->options.skip_functions,
                                 state->options.skip_function_count);
    fill_recording(a);
    fill_bytes(a);
    analysis_fill_tables(a);
    analysis_fill_sites(a);
    analysis_fill_findings(a);
    analysis_fill_verdict(a);
    return a;
}

static void free_texts(char **texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void analysis_free(struct analysis *a) {
    if (!a)
        return;
    struct analysis_state *state = a->state;
    for (size_t i = 0; state->frames && i < a->stack_count; i++)
        free(state->frames[i].frames);
    free(state->frames);
    free(state->site_of_stack);
    free_texts(state->texts, state->text_count);
    symbols_free(state->symbols);
    heap_free(&state->whole);
    heap_free(&state->early);
    trace_tables_free(&state->tables);
    trace_file_close(&state->file);
    free(state);
    free(a->arguments);
    free_texts(a->verdict, a->verdict_count);
    free_texts(a->quality.sentences, a->quality.sentence_count);
    free(a->classes);
    free(a->sites);
    free(a->pins);
    free(a->together);
    free(a->stacks);
    free(a->heaps);
    free(a->threads);
    free(a->points);
    free(a->marks);
    free(a->snapshots);
    free(a->findings);
    free(a);
}

int analysis_exit_code(const struct analysis *a) {
    return a->quality.complete ? 0 : 4;
}

static const struct {
    const char *name, *meaning;
} part_words[PARTS] = {
    [PART_USED] = {"used (requested)",
                   "bytes that the program asked for and has not freed"},
    [PART_ROUNDING] = {"rounding inside blocks",
                       "blocks are larger than what was asked for"},
    [PART_SPAN_FREE] = {"free blocks in part-used spans",
                        "free, but a live block beside them keeps the span"},
    [PART_DEFERRED] = {"waiting to be taken back",
                       "freed by another thread, not yet taken back by its "
                       "owner"},
    [PART_OVERHEAD] = {"headers and tables",
                       "span headers, ends of spans, the allocator's own "
                       "tables"},
    [PART_EMPTY] = {"empty spans kept by heaps",
                    "no live block; kept by a heap for its next blocks"},
    [PART_THREAD_CACHE] = {"thread caches",
                           "empty spans that threads keep for themselves"},
    [PART_GLOBAL_CACHE] = {"global cache", "empty spans kept for all threads"},
    [PART_SEGMENT] = {"segment space not in use",
                      "obtained from the system, and not used now"},
    [PART_SLACK] = {"ends of large blocks",
                    "large and huge blocks take whole spans or pages"},
};

const char *analysis_part_name(enum part part) {
    return part_words[part].name;
}

const char *analysis_part_meaning(enum part part) {
    return part_words[part].meaning;
}
