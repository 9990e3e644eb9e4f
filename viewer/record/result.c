// result.c - what rpscope record says of what it has recorded.
#include "viewer/record/result.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/ending.h"
#include "viewer/record/recorded.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void result_say_missing(const struct result *result) {
    const char *why = program_obstacle_text(result->program->obstacle);
    if (*why)
        fprintf(stderr, "rpscope: no trace was written: %s %s.\n",
                result->command, why);
    else
        fprintf(stderr,
                "rpscope: no trace was written to %s: the program allocated "
                "nothing, or the recorder could not run in it.\n",
                result->trace->shown);
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

// Also puts into the trace what only we know. alone: no other process of the
// recording has a trace; quiet: all went well, and nothing is to be said.
static void result_say_own(const struct result *result,
                           const struct recorded *own, bool alone, bool quiet) {
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
    if (own->lost_events)
        fprintf(stderr, "%s LOST, ", number_count(own->lost_events).text);
    else if (end.ending.stopped)
        fputs("none lost until then, ", stderr);
    else if (!own->unfinished)
        fputs("none lost, ", stderr);
    fprintf(stderr, "%s%s; ", number_iec(own->bytes).text,
            own->unfinished ? " without its end (the recorder was killed)"
                            : "");
    result_say_end(result, &end.ending);
    fprintf(stderr, "Open with: rpscope %s\n", result->trace->shown);
    if (*end.unrecorded)
        fprintf(stderr, "rpscope: %s %s.\n", result->command, end.unrecorded);
}

static void result_say_others(const struct result *result,
                              const struct recorded *others) {
    const char *shown = result->trace->shown;
    int folder = (int)(text_base_name(shown) - shown);
    fprintf(stderr,
            "rpscope: %s more trace%s of other processes, %s events; the "
            "%s: rpscope %.*s%s\n",
            number_count(others->traces).text, others->traces == 1 ? "" : "s",
            number_count(others->events).text,
            others->traces == 1 ? "trace" : "largest", folder, shown,
            others->largest);
}

void result_say(const struct result *result) {
    struct recorded own = {0}, others = {0};
    struct failure failure = {.text = ""};
    const char *path = result->trace->path;
    recorded_settle(path, result->process, result->start_unix_ns);
    bool there = access(path, F_OK) == 0;
    bool good = there && recorded_add(&own, path, &failure);
    recorded_add_others(&others, path, result->start_unix_ns);
    bool well = !own.lost_events && !own.unfinished && !own.stopped &&
                !WIFSIGNALED(result->status);
    if (good)
        result_say_own(result, &own, others.traces == 0, result->quiet && well);
    else if (there && !good)
        fprintf(stderr, "rpscope: the trace cannot be opened: %s\n",
                failure.text);
    else if (!there && others.traces == 0)
        result_say_missing(result);
    if (others.traces && !result->quiet)
        result_say_others(result, &others);
}
