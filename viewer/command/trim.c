// trim.c - rpscope trim: a part of a recording, to be shown to others.
#include "viewer/command/trim.h"

#include <string.h>

#include "viewer/base/number.h"
#include "viewer/base/quantity.h"
#include "viewer/output/target.h"
#include "viewer/record/rescue.h"
#include "viewer/trim/trim.h"

enum { OPTION_BETWEEN, OPTION_HIDE, OPTION_OUTPUT, OPTION_NO_RESCUE };

static int trim_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope trim: %s.\n", failure->text);
    return EXIT_USAGE;
}

// "start", "end" or a time.
static bool trim_time(const char *text, uint64_t *ns) {
    if (strcmp(text, "start") == 0)
        *ns = 0;
    else if (strcmp(text, "end") == 0)
        *ns = UINT64_MAX;
    else
        return quantity_ns(text, ns);
    return true;
}

static bool trim_is_time(const char *text) {
    uint64_t ns;
    return trim_time(text, &ns);
}

// Behind --between A stand B and the trace, in this order or the other.
static const char *trim_part(const struct arguments *arguments,
                             struct trim_wish *wish, struct failure *failure) {
    const char *from = arguments->value[OPTION_BETWEEN];
    char **operands = arguments->operands;
    int count = arguments->operand_count;
    const char *path = operands[count - 1];
    wish->to_ns = UINT64_MAX;
    if (!from && count == 1)
        return path;
    if (!from) {
        fail(failure, "takes one FILE, and got \"%s\", too", operands[0]);
        return NULL;
    }
    int other = count == 2 && trim_time(operands[0], &wish->to_ns)   ? 1
                : count == 2 && trim_time(operands[1], &wish->to_ns) ? 0
                                                                     : -1;
    trim_time(from, &wish->from_ns);
    if (other < 0) {
        fail(failure, "--between takes two times, such as 1.5s end, and then "
                      "comes the FILE");
        return NULL;
    }
    if (wish->from_ns >= wish->to_ns) {
        fail(failure, "--between %s %s is no time at all", from,
             operands[1 - other]);
        return NULL;
    }
    return operands[other];
}

static int trim_run(const struct arguments *arguments) {
    const char *to = arguments->value[OPTION_OUTPUT];
    struct trim_wish wish = {.from_ns = 0};
    struct trim_told told = {.events = 0};
    struct failure failure = {.text = ""};
    struct target target;
    const char *path = trim_part(arguments, &wish, &failure);
    if (!path)
        return trim_refuse(&failure);
    if (arguments->value[OPTION_HIDE] &&
        !hiding_read(arguments->value[OPTION_HIDE], &wish.hiding, &failure))
        return trim_refuse(&failure);
    if (!to) {
        fail(&failure, "where to? -o FILE");
        return trim_refuse(&failure);
    }
    if (!arguments->value[OPTION_NO_RESCUE])
        record_rescue(path);
    if (!target_open(&target, to, &failure))
        return trim_refuse(&failure);
    if (!trim(path, &wish, target.out, &told, &failure)) {
        target_drop(&target);
        fprintf(stderr, "rpscope trim: %s\n", failure.text);
        return failure.asked ? EXIT_USAGE : EXIT_UNREADABLE;
    }
    if (!target_close(&target, &failure))
        return trim_refuse(&failure);
    struct number from = number_time(told.from_ns);
    fprintf(stderr, "rpscope: %s: from %s to %s, %s of %s events.\n", to,
            from.text, number_time(told.to_ns).text,
            number_exact(told.events).text, number_exact(told.all_events).text);
    if (told.damaged)
        fputs("rpscope: not all of the recording is there.\n", stderr);
    return told.damaged ? EXIT_DAMAGED : EXIT_ALL_WELL;
}

const struct command trim_command = {
    .name = "trim",
    .operands = "FILE",
    .summary = "a part of a recording, to be shown to others",
    .text =
        "Writes a trace of a part of a recording: the state of all heaps at "
        "its start, and what\n"
        "happened then. It gives the same answers for its moments; what was "
        "counted before, and\n"
        "when blocks of before were born, is not in it. Functions and lines "
        "are those that the\n"
        "trace has itself (rpscope symbolize).\n\n"
        "  rpscope trim --between 12s 14.5s -o part.rptrace game.rptrace\n"
        "  rpscope trim --hide names,paths,arguments -o shown.rptrace "
        "game.rptrace\n\n"
        "names: functions, names of programs, modules and threads, marks; "
        "numbers take their\n"
        "place. paths: folders; the last part of a path stays. arguments: of "
        "the program.\n\n"
        "exit codes: 0 all well, 2 wrong usage or nothing could be written, "
        "3 not a readable\n"
        "trace, 4 written, but not all of the recording is there",
    .options =
        {
            [OPTION_BETWEEN] = {.name = "between",
                                .value = "A B",
                                .check = trim_is_time,
                                .expected = "two times such as 1.5s 300ms, "
                                            "start or end",
                                .help = "the part: two times, start, end"},
            [OPTION_HIDE] = {.name = "hide",
                             .value = "WHAT",
                             .help = "names, paths, arguments, or some with "
                                     "commas"},
            [OPTION_OUTPUT] = {.name = "output",
                               .letter = 'o',
                               .value = "FILE",
                               .help = "where to; it must be said"},
            [OPTION_NO_RESCUE] = {.name = "no-rescue",
                                  .help = "add nothing to a trace whose "
                                          "recorder was killed"},
        },
    .least = 1,
    .most = 2,
    .run = trim_run,
};
