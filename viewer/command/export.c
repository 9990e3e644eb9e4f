// export.c - rpscope export: a recording in the formats of other tools.
#include "viewer/command/export.h"

#include <string.h>
#include <unistd.h>

#include "viewer/answer/table_list.h"
#include "viewer/command/headless.h"
#include "viewer/command/opening.h"
#include "viewer/export/format.h"
#include "viewer/output/target.h"

enum {
    OPTION_FORMAT,
    OPTION_METRIC,
    OPTION_TABLE,
    OPTION_OUTPUT,
    OPTION_OPENING
};

static int export_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope export: %s.\n", failure->text);
    return EXIT_USAGE;
}

// What is wrong with the question is said before a long reading.
static bool export_read(const struct arguments *arguments,
                        const struct export_format *format,
                        struct export_wish *wish, struct failure *failure) {
    const char *metric = arguments->value[OPTION_METRIC];
    const char *table = arguments->value[OPTION_TABLE];
    const char *path = arguments->value[OPTION_OUTPUT];
    *wish = (struct export_wish){.metric = export_metric(metric),
                                 .table = table,
                                 .path = path ? path : "FILE"};
    if (metric && !format->has_metric)
        return fail(failure,
                    "--metric chooses what folded and speedscope show; %s has "
                    "no such choice",
                    format->word);
    if (table && !format->has_table)
        return fail(failure, "--table is for csv; %s has no such choice",
                    format->word);
    if (!table && format->has_table)
        return fail(failure, "which table? --table NAME; rpscope query --list "
                             "tells what tables there are");
    if (table && !data_table_find(table, strlen(table), failure))
        return false;
    if (format->is_binary && !path && isatty(STDOUT_FILENO))
        return fail(failure, "%s is nothing for a terminal: -o FILE",
                    format->word);
    return true;
}

static bool export_write(struct answer *answer,
                         const struct export_format *format,
                         const struct export_wish *wish, FILE *out,
                         struct export_told *told, struct failure *failure) {
    // Where the stream has failed, that is found when it is closed.
    return format->write(answer, wish, out, told) || !*told->text ||
           ferror(out) || fail(failure, "%s", told->text);
}

static int export_to_file(struct answer *answer,
                          const struct export_format *format,
                          const struct export_wish *wish) {
    struct failure failure = {.text = ""};
    struct export_told told = {.text = ""};
    struct target target;
    if (!target_open(&target, wish->path, &failure))
        return export_refuse(&failure);
    if (!export_write(answer, format, wish, target.out, &told, &failure)) {
        target_drop(&target);
        return export_refuse(&failure);
    }
    if (!target_close(&target, &failure))
        return export_refuse(&failure);
    fprintf(stderr, "rpscope: %s: %s.\n", wish->path, told.text);
    return headless_exit(answer);
}

static int export_answer(struct answer *answer,
                         const struct export_format *format,
                         const struct export_wish *wish, bool to_file) {
    struct failure failure = {.text = ""};
    struct export_told told = {.text = ""};
    if (format->needs_stacks && !answer->stacks_recorded) {
        fail(&failure,
             "\"%s\" was recorded without stacks, so there is nothing to "
             "export: rpscope record --stacks full",
             answer->path);
        return export_refuse(&failure);
    }
    if (to_file)
        return export_to_file(answer, format, wish);
    if (!export_write(answer, format, wish, stdout, &told, &failure))
        return export_refuse(&failure);
    return headless_written(answer);
}

static int export_run(const struct arguments *arguments) {
    const char *const *given = &arguments->value[OPTION_OPENING];
    const struct export_format *format =
        export_format(arguments->value[OPTION_FORMAT]);
    struct failure failure = {.text = ""};
    struct export_wish wish;
    int code = EXIT_UNREADABLE;
    if (!export_read(arguments, format, &wish, &failure))
        return export_refuse(&failure);
    struct answer *answer =
        opening_answer(arguments->operands[0], given, AT_USUAL, &code);
    if (!answer)
        return code;
    code = export_answer(answer, format, &wish,
                         arguments->value[OPTION_OUTPUT] != NULL);
    answer_free(answer);
    return code;
}

const struct command export_command = {
    .name = "export",
    .operands = "FILE",
    .summary = "write it for other tools: pprof, speedscope, flame graphs, ...",
    .text = "Writes a recording as other tools read it.\n\n"
            "  folded      stacks as lines, for flamegraph.pl and inferno\n"
            "  pprof       stacks for pprof: alloc_objects, alloc_space, "
            "inuse_objects,\n"
            "              inuse_space, pin_share, pin_alone\n"
            "  speedscope  stacks for speedscope, all metrics\n"
            "  firefox     each allocation and free for profiler.firefox.com: "
            "what was retained\n"
            "              in any range of time; of more than a million a "
            "sample\n"
            "  perfetto    used and held bytes and their parts over time, for "
            "ui.perfetto.dev\n"
            "  csv         one table, for spreadsheets\n"
            "  html        one page to be sent to others, without network and "
            "script\n\n"
            "  rpscope export game.rptrace | flamegraph.pl --countname bytes "
            "> live.svg\n"
            "  rpscope export --format pprof -o game.pb.gz game.rptrace\n"
            "  rpscope export --format csv --table sites -o sites.csv "
            "game.rptrace\n\n"
            "The file of -o is there when all of it is written; else what was "
            "there before is.\n\n"
            "exit codes: 0 all well, 2 wrong usage or nothing could be "
            "written, 3 not a readable\n"
            "trace, 4 written, but not all of the recording is there",
    .options =
        {
            [OPTION_FORMAT] = {.name = "format",
                               .value = "HOW",
                               .accepted = EXPORT_FORMAT_WORDS,
                               .help = "folded if not said"},
            [OPTION_METRIC] = {.name = "metric",
                               .value = "KEY",
                               .accepted = EXPORT_METRIC_WORDS,
                               .help = "of each stack; live_bytes if not said"},
            [OPTION_TABLE] = {.name = "table",
                              .value = "NAME",
                              .help = "the one that csv is of"},
            [OPTION_OUTPUT] = {.name = "output",
                               .letter = 'o',
                               .value = "FILE",
                               .help = "standard output if not said"},
            OPENING_OPTIONS(OPTION_OPENING),
        },
    .least = 1,
    .most = 1,
    .run = export_run,
};
