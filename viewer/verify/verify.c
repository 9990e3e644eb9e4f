// verify.c - rpscope verify: whether recording a program changes its heap.
//
// The program runs with the release library and with the instrumented one,
// which records; a small library in front of both logs what is asked for and
// where it is put.
#include "viewer/verify/verify.h"
#include "viewer/base/number.h"
#include "viewer/record/library.h"
#include "viewer/record/program.h"
#include "viewer/record/stack_choice.h"
#include "viewer/verify/judge.h"
#include "viewer/verify/observe.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_RUNS,
    OPTION_STACKS,
    OPTION_RELEASE,
    OPTION_LIBRARY,
    OPTION_QUIET
};

static bool is_runs(const char *value) {
    uint64_t number;
    return options_number(value, 1, 1000, &number);
}

// A library as given, else where the build (built) and an installation
// (installed) have it.
static bool verify_library(char *path, const char *given, const char *built,
                           const char *installed, struct failure *failure) {
    if (!given || !*given)
        return library_find(
            &(struct library){"a library", built, installed, ""}, path,
            failure);
    if (!library_take(given, path))
        return fail(failure, "cannot read the library \"%s\": %s", given,
                    strerror(errno));
    return true;
}

static bool verify_prepare(struct verification *v,
                           const struct arguments *arguments,
                           struct failure *failure) {
    const char *const *value = arguments->value;
    const char *library = value[OPTION_LIBRARY];
    char logging[VERIFY_PATH];
    if (!library)
        library = getenv("RPSCOPE_LIBRARY");
    v->words = arguments->operands;
    if (!program_find(&v->program, v->words[0], failure))
        return false;
    if (v->program.obstacle != PROGRAM_FINE)
        return fail(failure, "%s %s", v->words[0],
                    program_obstacle_text(v->program.obstacle));
    return verify_library(logging, NULL, "librpscope-witness.so",
                          "../lib/rpscope/librpscope-witness.so", failure) &&
           verify_library(v->release, value[OPTION_RELEASE],
                          "release/librpscope-malloc.so",
                          "../lib/librpscope-malloc.so", failure) &&
           verify_library(
               v->instrumented, library, "instrumented/librpscope-malloc.so",
               "../lib/rpscope/instrumented/librpscope-malloc.so", failure) &&
           verify_stage_begin(&v->stage, logging, value[OPTION_STACKS],
                              failure);
}

static void verify_say_equal(const struct verification *v, uint64_t runs) {
    const struct verify_log *log = &v->first.log;
    char times[48] = "";
    if (runs > 1)
        snprintf(times, sizeof times, ", %s times over",
                 number_exact(runs).text);
    fprintf(stderr,
            "rpscope: EQUAL: the release and the instrumented library do the "
            "same in all %s calls of %s%s: %s spans, most held %s.\n",
            number_exact(log->calls).text, v->words[0], times,
            number_exact(log->spans).text, number_iec(log->held_peak).text);
}

static int verify_unable(const struct failure *failure) {
    fprintf(stderr, "rpscope verify: %s.\n", failure->text);
    return EXIT_USAGE;
}

static int verify_all(struct verification *v,
                      const struct arguments *arguments) {
    struct failure failure = {.text = ""};
    const char *given = arguments->value[OPTION_RUNS];
    uint64_t runs = 1;
    if (given)
        options_number(given, 1, 1000, &runs);
    if (!verify_prepare(v, arguments, &failure) ||
        !observe_run(v, &v->first, v->release, false, &failure))
        return verify_unable(&failure);
    verify_run_show(&v->first.run);
    for (uint64_t i = 0; i < runs; i++) {
        observe_forget(&v->recorded);
        if (!observe_run(v, &v->recorded, v->instrumented, false, &failure))
            return verify_unable(&failure);
        int code = judge_runs(v, &failure);
        if (code == EXIT_USAGE)
            return verify_unable(&failure);
        if (code != EXIT_ALL_WELL)
            return code;
    }
    int code = judge_plain(v, &failure);
    if (code == EXIT_USAGE)
        return verify_unable(&failure);
    if (code == EXIT_ALL_WELL && !arguments->value[OPTION_QUIET])
        verify_say_equal(v, runs);
    return code;
}

static int verify_main(const struct arguments *arguments) {
    struct verification *v = calloc(1, sizeof *v);
    if (!v)
        return EXIT_USAGE;
    int code = verify_all(v, arguments);
    observe_forget(&v->first);
    observe_forget(&v->recorded);
    observe_forget(&v->again[0]);
    observe_forget(&v->again[1]);
    verify_stage_end(&v->stage);
    free(v);
    return code;
}

const struct command verify_command = {
    .name = "verify",
    .operands = "-- PROGRAM [ARGUMENTS]",
    .summary = "prove that recording a program moves none of its blocks",
    .text =
        "Runs PROGRAM with the release library and again with the instrumented "
        "one, which\n"
        "records, and compares call by call what it asked for and where each "
        "block was\n"
        "put, and now and then how many bytes and segments were held. When "
        "they differ,\n"
        "the release library runs twice more: so it is known whether the "
        "program differs\n"
        "by itself. Where several threads are at work, what each asked for is "
        "compared.\n"
        "Last it runs without any library: it ends in the same way, and writes "
        "the same.\n\n"
        "  rpscope verify -- lua5.4 test.lua\n"
        "  rpscope verify --stacks 8 -- sqlite3 :memory: \".read x.sql\"\n\n"
        "All runs have the same environment, addresses and input; a pipe is "
        "read to its\n"
        "end before. What the first run writes is shown when it has ended. "
        "What the\n"
        "program has changed in the world, its next run finds. Its child "
        "processes are\n"
        "not compared.\n\n"
        "exit codes: 0 equal, 1 different, 2 wrong usage or cannot be run, 4 "
        "no difference\n"
        "that would be the library's doing, but not all could be compared",
    .options =
        {
            [OPTION_RUNS] = {.name = "runs",
                             .value = "N",
                             .check = is_runs,
                             .expected = "1..1000",
                             .help = "how often to run it with the "
                                     "instrumented library, 1 if not said"},
            [OPTION_STACKS] = {.name = "stacks",
                               .value = "HOW",
                               .accepted = "full|none",
                               .check = stack_choice_good,
                               .expected = STACK_CHOICE_EXPECTED,
                               .help = "call stacks that are recorded, as for "
                                       "record"},
            [OPTION_RELEASE] = {.name = "release",
                                .value = "FILE",
                                .help = "the release librpscope-malloc.so"},
            [OPTION_LIBRARY] = {.name = "library",
                                .value = "FILE",
                                .help = "the instrumented "
                                        "librpscope-malloc.so"},
            [OPTION_QUIET] = {.name = "quiet",
                              .letter = 'q',
                              .help = "say nothing when all is equal"},
        },
    .least = 1,
    .most = INT_MAX,
    .program = true,
    .run = verify_main,
};
