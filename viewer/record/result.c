// result.c - what rpscope record says of what it has recorded.
#include "viewer/record/result.h"
#include "viewer/base/number.h"
#include "viewer/base/text.h"
#include "viewer/record/recorded.h"

#include <stdio.h>
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

static void result_say_own(const struct result *result,
                           const struct recorded *own) {
    fprintf(stderr, "rpscope: %s events, ", number_count(own->events).text);
    if (own->lost_events)
        fprintf(stderr, "%s LOST", number_count(own->lost_events).text);
    else
        fputs("none lost", stderr);
    fprintf(
        stderr, ", %s%s. Open with: rpscope %s\n", number_iec(own->bytes).text,
        own->unfinished ? " without its end (killed, or left by _exit)" : "",
        result->trace->shown);
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
    if (good && !(result->quiet && !own.lost_events && !own.unfinished))
        result_say_own(result, &own);
    else if (there && !good)
        fprintf(stderr, "rpscope: the trace cannot be opened: %s\n",
                failure.text);
    else if (!there && others.traces == 0)
        result_say_missing(result);
    if (others.traces && !result->quiet)
        result_say_others(result, &others);
}
