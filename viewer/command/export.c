// export.c - rpscope export: the stacks of a recording, for other tools.
#include "viewer/command/export.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "viewer/command/headless.h"
#include "viewer/export/folded.h"

enum {
    OPTION_METRIC,
    OPTION_OUTPUT,
    OPTION_AT,
    OPTION_NO_RESCUE,
    OPTION_NO_NAMES
};

static int export_refuse(const char *path, const char *why) {
    fprintf(stderr, "rpscope export: cannot write \"%s\": %s.\n", path, why);
    return EXIT_USAGE;
}

static int export_answer(const struct arguments *arguments,
                         struct answer *answer) {
    const struct export_metric *metric =
        export_metric(arguments->value[OPTION_METRIC]);
    const char *path = arguments->value[OPTION_OUTPUT];
    FILE *out = path ? fopen(path, "w") : stdout;
    if (!out)
        return export_refuse(path, strerror(errno));
    uint64_t sum = folded_write(answer, metric, out);
    if (!path)
        return headless_written(answer);
    bool bad = fflush(out) != 0 || ferror(out);
    int error = errno;
    if (fclose(out) != 0 && !bad) {
        bad = true;
        error = errno;
    }
    if (bad)
        return export_refuse(path, strerror(error));
    fprintf(stderr, "rpscope: %s: %" PRIu64 " %s of %s.\n", path, sum,
            metric->unit, metric->key);
    return headless_exit(answer);
}

static int export_run(const struct arguments *arguments) {
    struct headless_wish wish = {
        .at = arguments->value[OPTION_AT],
        .no_names = arguments->value[OPTION_NO_NAMES] != NULL,
        .no_rescue = arguments->value[OPTION_NO_RESCUE] != NULL};
    int code = EXIT_UNREADABLE;
    struct answer *answer = headless_open(arguments->operands[0], &wish, &code);
    if (!answer)
        return code;
    if (answer->stacks_recorded) {
        code = export_answer(arguments, answer);
    } else {
        fprintf(stderr,
                "rpscope export: \"%s\" was recorded without stacks, so there "
                "is nothing to export: rpscope record --stacks full.\n",
                answer->path);
        code = EXIT_USAGE;
    }
    answer_free(answer);
    return code;
}

const struct command export_command = {
    .name = "export",
    .operands = "FILE",
    .summary = "write all stacks as folded lines, for flame graphs",
    .text = "Writes each exact stack that has some of the metric as a line, "
            "the outermost function\n"
            "first, and the number: what flamegraph.pl, inferno and speedscope "
            "read.\n\n"
            "  rpscope export game.rptrace | flamegraph.pl --countname bytes "
            "> live.svg\n"
            "  rpscope export --metric share_bytes -o pins.folded "
            "game.rptrace\n\n"
            "exit codes: 0 all well, 2 wrong usage or nothing could be "
            "written, 3 not a readable\n"
            "trace, 4 written, but not all of the recording is there",
    .options =
        {
            [OPTION_METRIC] = {.name = "metric",
                               .value = "KEY",
                               .accepted = EXPORT_METRIC_WORDS,
                               .help = "of each stack; live_bytes if not said"},
            [OPTION_OUTPUT] = {.name = "output",
                               .letter = 'o',
                               .value = "FILE",
                               .help = "standard output if not said"},
            [OPTION_AT] = HEADLESS_AT,
            [OPTION_NO_RESCUE] = HEADLESS_NO_RESCUE,
            [OPTION_NO_NAMES] = HEADLESS_NO_NAMES,
        },
    .least = 1,
    .most = 1,
    .run = export_run,
};
