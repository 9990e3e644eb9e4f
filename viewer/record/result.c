// result.c - what rpscope record says of what it has recorded.
#include "viewer/record/result.h"
#include "viewer/base/escape.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/ending.h"
#include "viewer/record/names.h"
#include "viewer/processes/processes.h"
#include "viewer/processes/table.h"
#include "viewer/trace/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MOST_LINES = 10,   // of the table of processes
    MOST_SENTENCES = 3 // of what was not recorded of others
};

static void result_say_missing(const struct result *result) {
    const char *why = program_obstacle_text(result->program->obstacle);
    if (*why)
        fprintf(stderr, "rpscope: no trace was written: %s %s.\n",
                result->command, why);
    else
        fprintf(stderr, "rpscope: no trace was written to %s: %s.\n",
                result->trace->shown,
                result->only
                    ? "no program so called allocated anything"
                    : "the program allocated nothing, or the recorder could "
                      "not run in it");
}

// How the program ended, to end a sentence with.
static void result_say_end(const struct result *result,
                           const struct trace_ending *ending) {
    char text[TRACE_ENDING_BYTES];
    trace_ending_process(ending, text);
    fprintf(stderr, "%s %s", result->command, text);
    if (ending->signal > 0 && ending->signal == result->forwarded)
        fputs(", which was sent to rpscope", stderr);
    fputs(". ", stderr);
}

static void result_say_lost(const struct process *p, bool stopped) {
    if (p->lost_events)
        fprintf(stderr, "%s LOST, ", number_count(p->lost_events).text);
    else if (stopped)
        fputs("none lost until then, ", stderr);
    else if (p->finished)
        fputs("none lost, ", stderr);
    fprintf(stderr, "%s%s; ", number_iec(p->bytes).text,
            p->finished ? "" : " without its end (the recorder was killed)");
}

// Also puts into the trace what only we know. alone: no other process of the
// recording has a trace; leads: it is the one to look at; quiet: all went well,
// and nothing is to be said.
static void result_say_own(const struct result *result,
                           const struct process *own, bool alone, bool leads,
                           bool quiet) {
    char text[TRACE_ENDING_BYTES];
    struct record_ending end;
    record_ending(result->trace->path, result->status, result->end_unix_ns,
                  alone ? result->resident : 0, &end);
    if (quiet && !end.ending.stopped)
        return;
    if (end.ending.stopped) {
        trace_ending_stopped(&end.ending, text);
        fprintf(stderr, "rpscope: %s. ", text);
    } else {
        fputs("rpscope: ", stderr);
    }
    if (end.window.end_ns && (end.window.last_ns || end.window.last_bytes)) {
        trace_ending_window(&end.window, text);
        fprintf(stderr, "%s: ", text);
    }
    fprintf(stderr, "%s events, ", number_count(own->events).text);
    result_say_lost(own, end.ending.stopped);
    result_say_end(result, &end.ending);
    fprintf(stderr, leads ? "Open with: rpscope %s\n" : "Its trace: %s\n",
            result->trace->shown);
    if (*end.unrecorded)
        fprintf(stderr, "rpscope: %s %s.\n", result->command, end.unrecorded);
}

// A path of the recording as the user knows it, who may have given a relative
// one.
static void result_shown(const struct result *result, const char *path,
                         char shown[PATH_MAX]) {
    const struct trace_path *trace = result->trace;
    size_t folder = (size_t)(text_base_name(trace->path) - trace->path);
    snprintf(shown, PATH_MAX, "%.*s%s",
             (int)(text_base_name(trace->shown) - trace->shown), trace->shown,
             path + folder);
}

// All processes, and which of them to look at.
static void result_say_all(const struct result *result,
                           const struct processes *all,
                           const struct process *own) {
    const struct process *lead = &all->list[0];
    char shown[PATH_MAX], program[NAME_MAX];
    fprintf(stderr, "rpscope: %s processes, %s events, ",
            number_exact(all->count).text, number_count(all->events).text);
    if (all->lost_events)
        fprintf(stderr, "%s LOST, ", number_count(all->lost_events).text);
    else
        fputs("none lost, ", stderr);
    escape_text(program, sizeof program, lead->program);
    fprintf(stderr, "%s; %s (%u) held most of its own",
            number_iec(all->bytes).text, program, lead->pid);
    result_shown(result, lead->path, shown);
    if (lead != own)
        fprintf(stderr, ". Open with: rpscope %s", shown);
    fputs("\n", stderr);
    processes_table(all, MOST_LINES, "rpscope:", stderr);
    if (all->count > MOST_LINES)
        fprintf(stderr, "rpscope:  %s more: rpscope processes %s\n",
                number_exact(all->count - MOST_LINES).text,
                result->trace->shown);
}

struct sentences {
    char text[MOST_SENTENCES][NAME_MAX + OWN_ALLOCATOR_BYTES];
    size_t count;
};

// Each program's once.
static void result_add(struct sentences *sentences, const char *program,
                       const char *what) {
    char shown[NAME_MAX];
    size_t count = sentences->count;
    if (count == MOST_SENTENCES)
        return;
    escape_text(shown, sizeof shown, program);
    snprintf(sentences->text[count], sizeof *sentences->text, "%s %s", shown,
             what);
    for (size_t i = 0; i < count; i++)
        if (strcmp(sentences->text[i], sentences->text[count]) == 0)
            return;
    sentences->count++;
}

// What was not recorded of the other processes goes into their traces.
static void result_find_unrecorded(struct processes *all, const char *own,
                                   struct sentences *sentences) {
    char what[OWN_ALLOCATOR_BYTES];
    for (size_t i = 0; i < all->count; i++) {
        const struct process *p = &all->list[i];
        if (strcmp(p->path, own) == 0 || !p->finished ||
            !record_unrecorded(p->path, what))
            continue;
        result_add(sentences, p->program, what);
        processes_read_again(all, p->path);
    }
}

// Puts the names of functions into all traces that have an end.
static void result_name(const struct result *result, struct processes *all) {
    struct record_names how = {.files = elf_files_new(NULL),
                               .until_unix_ns = result->end_unix_ns};
    struct names_count count;
    struct failure failure;
    for (size_t i = 0; i < all->count; i++) {
        const struct process *p = &all->list[i];
        if (!p->finished)
            continue;
        if (!record_names_add(&how, p->path, &count, &failure))
            fprintf(stderr, "rpscope: %s.\n", failure.text);
        processes_read_again(all, p->path);
    }
    elf_files_free(how.files);
}

void result_say(const struct result *result) {
    struct sentences sentences = {.count = 0};
    struct processes all;
    const char *path = result->trace->path;
    struct failure failure;
    processes_settle(path, result->process, result->start_unix_ns);
    processes_read(&all, path, result->start_unix_ns);
    if (!result->no_names)
        result_name(result, &all);
    const struct process *own = processes_find(&all, path);
    bool there = access(path, F_OK) == 0;
    bool well = own && !own->lost_events && own->finished && !own->stopped &&
                !WIFSIGNALED(result->status);
    bool alone = all.count == (own ? 1 : 0);
    if (own) {
        result_say_own(result, own, alone, own == &all.list[0],
                       result->quiet && well);
        // It has the end now that only we have seen.
        processes_read_again(&all, path);
    } else if (there) {
        struct trace_file file;
        if (!trace_file_open(&file, path, &failure))
            fprintf(stderr, "rpscope: the trace cannot be opened: %s\n",
                    failure.text);
        else
            trace_file_close(&file);
    } else if (all.count == 0) {
        result_say_missing(result);
    }
    result_find_unrecorded(&all, path, &sentences);
    if (!alone && !result->quiet)
        result_say_all(result, &all, own);
    for (size_t i = 0; i < sentences.count && !result->quiet; i++)
        fprintf(stderr, "rpscope: %s.\n", sentences.text[i]);
    processes_free(&all);
}
