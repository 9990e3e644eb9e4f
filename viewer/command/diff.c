// diff.c - rpscope diff: what differs between two recordings.
#include "viewer/command/diff.h"

#include <string.h>

#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/diff/diff.h"

enum { OPTION_FORMAT, OPTION_TOP, OPTION_OPENING };

static int diff_answers(const struct arguments *arguments,
                        struct answer *before, struct answer *after) {
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
    int code = headless_written(after);
    return code == EXIT_ALL_WELL ? headless_exit(before) : code;
}

static int diff_run(const struct arguments *arguments) {
    const char *const *given = &arguments->value[OPTION_OPENING];
    int code = EXIT_UNREADABLE;
    struct answer *after = NULL;
    struct answer *before =
        opening_answer(arguments->operands[0], given, &code);
    if (before)
        after = opening_answer(arguments->operands[1], given, &code);
    if (after)
        code = diff_answers(arguments, before, after);
    answer_free(after);
    answer_free(before);
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
        "branch.rptrace\n\n"
        "exit codes: 0 all well, 2 wrong usage, 3 not a readable trace, "
        "4 shown, but not all\n"
        "of a recording is there. Whether a difference is too large, rpscope "
        "check says",
    .options =
        {
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = "text|markdown|json",
                               .help = "text if not said"},
            [OPTION_TOP] = HEADLESS_TOP("rows of each list, 10 if not said"),
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 2,
    .most = 2,
    .run = diff_run,
};
