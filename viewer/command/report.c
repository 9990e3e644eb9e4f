// report.c - rpscope report: the answer, or a table of it, as text or JSON.
#include "viewer/command/report.h"

#include "viewer/command/headless.h"
#include "viewer/record/rescue.h"

enum { OPTION_JSON, OPTION_TOP, OPTION_AT, OPTION_NO_RESCUE, OPTION_NO_NAMES };

static int report_run(const struct arguments *arguments) {
    struct analyse_options options = {
        .at = AT_END, .no_names = arguments->value[OPTION_NO_NAMES] != NULL};
    struct report_options report = {
        .top = headless_top(arguments->value[OPTION_TOP])};
    headless_at(arguments->value[OPTION_AT], &options);
    if (!arguments->value[OPTION_NO_RESCUE])
        record_rescue(arguments->operands[0]);
    return headless_report(arguments->operands[0], &options, &report,
                           arguments->value[OPTION_JSON]);
}

const struct command report_command = {
    .name = "report",
    .operands = "FILE",
    .summary = "print what a trace says, as text or JSON",
    .text = "Prints what the screens of rpscope FILE show: the verdict, where "
            "the held bytes are,\n"
            "size classes, call sites and pins.\n\n"
            "  rpscope report game.rptrace\n"
            "  rpscope report --json game.rptrace | jq .pins[0]\n"
            "  rpscope query sites --format csv game.rptrace\n\n"
            "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
            "4 shown, but not all\n"
            "of the recording is there",
    .options =
        {
            [OPTION_JSON] = {.name = "json",
                             .help = "one JSON object, with everything"},
            [OPTION_TOP] = HEADLESS_TOP("rows of each table, 10 if not said"),
            [OPTION_AT] = HEADLESS_AT,
            [OPTION_NO_RESCUE] = HEADLESS_NO_RESCUE,
            [OPTION_NO_NAMES] = HEADLESS_NO_NAMES,
        },
    .least = 1,
    .most = 1,
    .run = report_run,
};
