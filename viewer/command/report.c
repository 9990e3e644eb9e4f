// report.c - rpscope report: the answer as text, JSON or Markdown.
#include "viewer/command/report.h"

#include <string.h>

#include "viewer/answer/groups.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"

enum { OPTION_FORMAT, OPTION_JSON, OPTION_TOP, OPTION_BY, OPTION_OPENING };

static int report_run(const struct arguments *arguments) {
    const char *path = arguments->operands[0];
    struct analyse_options options = {.at = AT_USUAL};
    struct report_options report = {
        .top = headless_top(arguments->value[OPTION_TOP]),
        .by = arguments->value[OPTION_BY]};
    enum report_format format =
        arguments->value[OPTION_JSON]
            ? REPORT_AS_JSON
            : report_format(arguments->value[OPTION_FORMAT]);
    opening_begin(path, &arguments->value[OPTION_OPENING], &options);
    return headless_report(path, &options, &report, format);
}

const struct command report_command = {
    .name = "report",
    .operands = "FILE",
    .summary = "print what a trace says, as text, JSON or Markdown",
    .text = "Prints what the screens of rpscope FILE show: the verdict, where "
            "the held bytes are,\n"
            "size classes, call sites and pins.\n\n"
            "  rpscope report game.rptrace\n"
            "  rpscope report --json game.rptrace | jq .pins[0]\n"
            "  rpscope report --format markdown game.rptrace > report.md\n"
            "  rpscope report --by module --top 5 game.rptrace\n"
            "  rpscope query sites --format csv game.rptrace\n\n"
            "Where --at says no moment it is the end; or the worst, when the "
            "program ran its\n"
            "destructors and uses less than a quarter then, or less than three "
            "quarters of what was\n"
            "held beyond use are left. The worst: of 1,024 steps of equal "
            "time, that range counts in\n"
            "which the least that was held beyond use, times the length of the "
            "range, is the most; the\n"
            "moment is the end of the step in it that seven eighths of the "
            "range do not exceed.\n\n"
            "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
            "4 shown, but not all\n"
            "of the recording is there",
    .options =
        {
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = "text|json|markdown",
                               .help = "text if not said"},
            [OPTION_JSON] = {.name = "json",
                             .help = "one JSON object, with everything; the "
                                     "same as --format json"},
            [OPTION_TOP] = HEADLESS_TOP("rows of each table, 10 if not said"),
            [OPTION_BY] = {.name = "by",
                           .value = "WHAT",
                           .accepted = GROUP_WORDS,
                           .help = "in place of call sites: blocks by what "
                                   "they have in common"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 1,
    .most = 1,
    .run = report_run,
};
