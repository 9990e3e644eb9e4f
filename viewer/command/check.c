// check.c - rpscope check: do rules hold of a recording? For CI.
#include "viewer/command/check.h"

#include <stdlib.h>
#include <string.h>

#include "viewer/base/memory.h"
#include "viewer/check/baseline.h"
#include "viewer/check/rules.h"
#include "viewer/check/tell.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"

enum {
    OPTION_RULES,
    OPTION_BASELINE,
    OPTION_RUNS,
    OPTION_FORMAT,
    OPTION_ALLOW_INCOMPLETE,
    OPTION_OPENING
};

static int check_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope check: %s.\n", failure->text);
    return EXIT_USAGE;
}

static void check_tell(const struct findings *findings, const char *format) {
    void (*tell)(const struct findings *, FILE *) = tell_text;
    if (format && strcmp(format, "json") == 0)
        tell = tell_json;
    else if (format && strcmp(format, "junit") == 0)
        tell = tell_junit;
    else if (format && strcmp(format, "github") == 0)
        tell = tell_github;
    else if (format && strcmp(format, "sarif") == 0)
        tell = tell_sarif;
    tell(findings, stdout);
}

// What is not whole is said; the worst of a side.
static int check_side(const struct runs *runs) {
    int code = EXIT_ALL_WELL;
    for (size_t i = 0; i < runs->count; i++) {
        int of_run = headless_exit(runs->list[i]);
        code = of_run > code ? of_run : code;
    }
    return code;
}

// What is broken comes before what is missing.
static int check_end(const struct findings *findings, bool incomplete_is_well) {
    int code = headless_ended();
    if (code != EXIT_ALL_WELL)
        return code;
    int runs = check_side(findings->runs), base = check_side(findings->base);
    for (size_t i = 0; i < findings->count; i++)
        if (!findings->outcomes[i].holds)
            return EXIT_DIFFERENT;
    code = runs > base ? runs : base;
    return incomplete_is_well && code == EXIT_DAMAGED ? EXIT_ALL_WELL : code;
}

static int check_answers(const struct arguments *arguments,
                         const struct rules *rules, const struct runs *runs,
                         const struct runs *base) {
    struct outcome *outcomes = memory_zeroed(rules->count, sizeof *outcomes);
    struct findings findings = {runs, base, outcomes, rules->count};
    struct failure failure = {.text = ""};
    int code = EXIT_ALL_WELL;
    for (size_t i = 0; i < rules->count && code == EXIT_ALL_WELL; i++)
        if (!measure(runs, base, &rules->list[i], &outcomes[i], &failure))
            code = check_refuse(&failure);
    if (code == EXIT_ALL_WELL) {
        check_tell(&findings, arguments->value[OPTION_FORMAT]);
        code = check_end(&findings, arguments->value[OPTION_ALLOW_INCOMPLETE]);
    }
    free(outcomes);
    return code;
}

static int check_traces(const struct arguments *arguments,
                        const struct rules *rules, size_t count) {
    const char *baseline = arguments->value[OPTION_BASELINE];
    const char *const *given = &arguments->value[OPTION_OPENING];
    int code = EXIT_UNREADABLE;
    struct runs runs = {.count = 0}, base = {.count = 0};
    struct failure failure = {.text = ""};
    struct baseline paths = {.count = 0};
    if (baseline && !baseline_read(baseline, &paths, &failure))
        return check_refuse(&failure);
    if (opening_runs(arguments->operands, count, given, &runs, &code) &&
        opening_runs(paths.list, paths.count, given, &base, &code))
        code = check_answers(arguments, rules, &runs, &base);
    runs_free(&base);
    runs_free(&runs);
    baseline_free(&paths);
    return code;
}

static bool check_rules(const struct arguments *arguments, int runs,
                        struct rules *rules, struct failure *failure) {
    if (arguments->operand_count < runs)
        return fail(failure, "--runs %d needs as many files, not %d", runs,
                    arguments->operand_count);
    for (int i = runs; i < arguments->operand_count; i++)
        if (!rules_add(rules, arguments->operands[i], failure))
            return false;
    if (arguments->value[OPTION_RULES] &&
        !rules_read(rules, arguments->value[OPTION_RULES], failure))
        return false;
    if (rules->count == 0)
        return fail(failure, "no rule is given, so there is nothing to check: "
                             "\"held_bytes <= 512MiB\", or --rules FILE");
    for (size_t i = 0; i < rules->count; i++)
        if (rules->list[i].has_base && !arguments->value[OPTION_BASELINE]) {
            char placed[RULE_PLACED_BYTES];
            rule_placed(&rules->list[i], placed);
            return fail(failure,
                        "%s compares with a baseline, and none is given: "
                        "--baseline FILE",
                        placed);
        }
    return true;
}

static int check_run(const struct arguments *arguments) {
    struct rules rules = {0};
    struct failure failure = {.text = ""};
    size_t runs = opening_run_count(arguments->value[OPTION_RUNS]);
    // What is wrong with a rule is said before a long reading.
    int code = check_rules(arguments, (int)runs, &rules, &failure)
                   ? check_traces(arguments, &rules, runs)
                   : check_refuse(&failure);
    rules_free(&rules);
    return code;
}

const struct command check_command = {
    .name = "check",
    .operands = "FILE [RULE]...",
    .summary = "do rules hold of a recording? For CI",
    .text =
        "Measures a recording by rules, and tells of each whether it holds, "
        "what was found, and\n"
        "which call site is furthest beyond it.\n\n"
        "  rpscope check game.rptrace \"held_bytes <= 512MiB\" \"ratio <= "
        "1.5\"\n"
        "  rpscope check --baseline main.rptrace game.rptrace \"pins: "
        "share_bytes <= base + 64KiB\"\n"
        "  rpscope check --rules memory.rules --format junit game.rptrace\n"
        "  rpscope check --runs 3 --baseline m1,m2,m3 b1 b2 b3 \"held_bytes "
        "<= base + 2%\"\n\n"
        "A rule is [TABLE[CONDITIONS]:] [sum] COLUMN HOW LIMIT. Without a "
        "table it is about the\n"
        "totals; with one about each of its rows, or those that the "
        "conditions choose; \"sum\n"
        "COLUMN\" is over these rows, and \"rows\" is their number. HOW is <=, "
        "<, >=, >, = or !=.\n"
        "LIMIT is 4KiB, 300ms, 12, or follows from the baseline: base, base + "
        "5%, base - 1MiB;\n"
        "rows of one name are compared then. rpscope query --list tells "
        "tables and columns.\n\n"
        "Of several runs the middle value counts, and a rule with base is "
        "broken when it is so\n"
        "beyond twice the larger spread of the two sides. Where --at says no "
        "moment it is the end.\n\n"
        "  pins: share_bytes <= 8MiB\n"
        "  sites[function ~ log_]: sum live_bytes <= base + 5%\n"
        "  tags[tag = Layout]: live_bytes <= 64MiB\n"
        "  findings[severity = error]: rows = 0\n\n"
        "exit codes: 0 all hold, 1 a rule is broken, 2 wrong usage or a rule "
        "that cannot be\n"
        "measured, 3 not a readable trace, 4 all hold, but not all of the "
        "recording is there",
    .options =
        {
            [OPTION_RULES] = {.name = "rules",
                              .value = "FILE",
                              .help = "more rules, one a line; # begins a "
                                      "comment"},
            [OPTION_BASELINE] = {.name = "baseline",
                                 .value = "FILES",
                                 .help = "the recording that base is of, or "
                                         "several with commas"},
            [OPTION_RUNS] = OPENING_RUNS("the first N files are runs of one "
                                         "program; 1 if not said"),
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = "text|json|junit|github|sarif",
                               .help = "text if not said"},
            [OPTION_ALLOW_INCOMPLETE] =
                {.name = "allow-incomplete",
                 .help = "0, not 4, where not all of a recording is there"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 1,
    .most = 1000,
    .run = check_run,
};
