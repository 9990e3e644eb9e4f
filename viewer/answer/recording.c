// recording.c - what the trace says of the recording itself.
#include "viewer/answer/recording.h"

#include <string.h>

#include "viewer/answer/state.h"
#include "viewer/answer/texts.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/trace/ending.h"
#include "viewer/trace/past.h"

// One after the other, each with a NUL.
static void fill_arguments(struct answer *a, const struct trace_fact *fact) {
    const char *end = fact->value + fact->value_bytes;
    for (char *at = fact->value; at < end; at += strlen(at) + 1) {
        a->arguments = pool_resize(&a->state->pool, a->arguments,
                                   a->argument_count + 1, sizeof *a->arguments);
        a->arguments[a->argument_count++] = at;
    }
}

static const char *command_name(const char *path) {
    const char *name = text_base_name(path);
    return *name ? name : path;
}

// How it began and ended.
static void fill_ends(struct answer *a) {
    const struct replay *whole = &a->state->of->whole;
    const struct snapshots *snapshots = &whole->metrics.snapshots;
    char text[TRACE_ENDING_BYTES];
    struct trace_ending ending;

    trace_ending_read(&ending, &a->state->tables);
    trace_ending_process(&ending, text);
    a->ended = state_text(a->state, "%s", text);
    a->exit_code = ending.code;
    a->exit_signal = ending.signal;
    a->quality.stopped = ending.stopped;
    a->quality.stopped_ns = ending.stopped_ns;
    a->quality.run_ns = ending.run_ns;
    if (snapshots->count > 0 && snapshots->list[0].has_state &&
        snapshots->list[0].time == 0)
        a->window_ns = heap_ns(&whole->heap, 0);
    a->last_ns = trace_fact_number(&a->state->tables, "last_ns", 0);
    a->last_bytes = trace_fact_number(&a->state->tables, "last_bytes", 0);
    a->quality.cut_short = ending.stopped && !ending.asked;
    if (!a->quality.cut_short)
        return;
    trace_ending_stopped(&ending, text);
    texts_add(&a->state->pool, &a->quality.sentences,
              &a->quality.sentence_count, "%s: %s", a->path, text);
}

// How a forked process began.
static void fill_inherited(struct answer *a) {
    const struct trace_fact *from =
        trace_fact(&a->state->tables, "forked_from");
    const struct trace_fact *fork = trace_fact(&a->state->tables, "fork");
    const struct trace_past *past = a->state->of->tables.past;
    if (from && past)
        a->inherited = state_text(
            a->state,
            "was forked by process %s: sizes and call sites of %s blocks that "
            "it began with are those of %s",
            from->value, number_exact(past->block_count).text, past->path);
    else if (from && fork && strcmp(fork->value, "told") == 0)
        a->inherited =
            state_text(a->state, "was forked by process %s", from->value);
    else if (from)
        a->inherited = state_text(
            a->state,
            "was forked by process %s, of which no trace beside this one tells "
            "of that moment: the blocks that it began with have no call site, "
            "and count with all bytes that they can hold",
            from->value);
}

// What is told, if it is one of these words.
static const char *one_of(const struct trace_tables *tables, const char *key,
                          const char *const *words) {
    const struct trace_fact *fact = trace_fact(tables, key);
    for (; fact && *words; words++)
        if (strcmp(fact->value, *words) == 0)
            return *words;
    return NULL;
}

void recording_fill(struct answer *a) {
    struct answer_state *state = a->state;
    const struct trace_tables *tables = &state->tables;
    const struct trace_fact *fact;

    a->path = state->of->file.path;
    a->trace_bytes = state->of->file.size;
    a->process_id = state->of->file.header.process_id;
    a->start_unix_ns = state->of->file.header.start_unix_ns;
    if ((fact = trace_fact(tables, "program")))
        a->program = fact->value;
    if ((fact = trace_fact(tables, "arguments")))
        fill_arguments(a, fact);
    // As it was called, when that is known: /usr/bin/python3 may be a link.
    if (a->argument_count > 0 && a->arguments[0][0])
        a->command = command_name(a->arguments[0]);
    else if ((fact = trace_fact(tables, "command")))
        a->command = fact->value;
    else if (a->program)
        a->command = command_name(a->program);
    a->memory = one_of(tables, "memory",
                       (const char *const[]){"system", "embedder", NULL});
    a->huge_pages =
        one_of(tables, "huge_pages",
               (const char *const[]){"never", "grown", "always", NULL});
    a->span_bytes = state->of->whole.heap.span_bytes;
    a->stack_frames =
        (uint32_t)trace_fact_number(tables, "stack_frames", UINT32_MAX);
    a->stacks_recorded = state->tables.node_count > 0;
    a->frees_recorded =
        trace_fact_number(&state->tables, "free_stack_every", 0) > 0;
    a->events = state->of->whole.heap.events;
    a->duration_ns =
        heap_ns(&state->of->whole.heap, state->of->whole.heap.time);
    if (tables->has_trailer && tables->trailer.duration_ns > a->duration_ns)
        a->duration_ns = tables->trailer.duration_ns;
    if (a->unread_share > 0 && tables->has_trailer)
        a->events = tables->trailer.events;
    fill_ends(a);
    fill_inherited(a);
}
