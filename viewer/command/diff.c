// diff.c - rpscope diff: what differs between two recordings.
#include "viewer/command/diff.h"

#include <string.h>

#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/diff/diff.h"

enum { OPTION_RUNS, OPTION_FORMAT, OPTION_TOP, OPTION_OPENING };

// The worst of a side.
static int diff_side(const struct runs *runs) {
    int code = EXIT_ALL_WELL;
    for (size_t i = 0; i < runs->count; i++) {
        int of_run = headless_exit(runs->list[i]);
        code = of_run > code ? of_run : code;
    }
    return code;
}

static int diff_sides(const struct arguments *arguments,
                      const struct runs *before, const struct runs *after) {
    const char *format = arguments->value[OPTION_FORMAT];
    size_t top = headless_top(arguments->value[OPTION_TOP]);
    struct diff diff;
    diff_open(&diff, before, after);
    if (format && strcmp(format, "json") == 0)
        diff_json(&diff, stdout);
    else if (format && strcmp(format, "markdown") == 0)
        diff_markdown(&diff, top, stdout);
    else
        diff_text(&diff, top, stdout);
    diff_close(&diff);
    int code = headless_ended();
    if (code == EXIT_ALL_WELL)
        code = diff_side(before);
    int other = code == EXIT_USAGE ? code : diff_side(after);
    return other > code ? other : code;
}

static int diff_run(const struct arguments *arguments) {
    const char *const *given = &arguments->value[OPTION_OPENING];
    size_t count = opening_run_count(arguments->value[OPTION_RUNS]);
    struct runs before, after;
    int code = EXIT_UNREADABLE;
    if ((size_t)arguments->operand_count != 2 * count) {
        fprintf(stderr,
                "rpscope diff: %zu run%s a side are %zu files, not %d: first "
                "those before, then those after.\n",
                count, count > 1 ? "s" : "", 2 * count,
                arguments->operand_count);
        return EXIT_USAGE;
    }
    if (!opening_runs(arguments->operands, count, given, &before, &code))
        return code;
    if (opening_runs(arguments->operands + count, count, given, &after,
                     &code)) {
        code = diff_sides(arguments, &before, &after);
        runs_free(&after);
    }
    runs_free(&before);
    return code;
}

const struct command diff_command = {
    .name = "diff",
    .operands = "BEFORE AFTER",
    .summary = "what differs between two recordings",
    .text =
        "Compares two recordings, of two versions or two runs of a program: "
        "totals, call sites,\n"
        "what they pin, size classes, the largest change first. Sites are "
        "matched by function and\n"
        "module, wherever their lines have gone; --at end compares both ends, "
        "--at peak both\n"
        "peaks.\n\n"
        "  rpscope diff main.rptrace branch.rptrace\n"
        "  rpscope diff --at peak --format markdown main.rptrace "
        "branch.rptrace\n"
        "  rpscope diff --runs 3 main1 main2 main3 branch1 branch2 "
        "branch3\n\n"
        "Of several runs a side the middle one is shown, and what differs is "
        "beyond twice the\n"
        "larger spread.\n\n"
        "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
        "4 shown, but not all\n"
        "of a recording is there. Whether a difference is too large, rpscope "
        "check says",
    .options =
        {
            [OPTION_RUNS] = OPENING_RUNS("files of each side, first those "
                                         "before; 1 if not said"),
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = "text|markdown|json",
                               .help = "text if not said"},
            [OPTION_TOP] = HEADLESS_TOP("rows of each list, 10 if not said"),
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 2,
    .most = 2 * RUNS_MOST,
    .run = diff_run,
};
