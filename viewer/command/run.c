// run.c - rpscope run: runs a program and looks for heap bugs, without a
// recording.
#include "viewer/command/run.h"
#include "viewer/record/check_choice.h"
#include "viewer/record/child.h"
#include "viewer/record/program.h"
#include "viewer/record/recorder_library.h"
#include "viewer/record/stack_choice.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum {
    OPTION_CHECK,
    OPTION_ON_ERROR,
    OPTION_QUARANTINE,
    OPTION_SUPPRESSIONS,
    OPTION_STACKS,
    OPTION_LIBRARY
};

// In the child: what the library reads when it starts.
static void run_environment(const struct arguments *arguments,
                            const struct check_choice *checks,
                            const char *library) {
    recorder_library_preload(library);
    check_choice_environment(checks);
    setenv("RPSCOPE_RECORD", "off", 1);
    unsetenv("RPSCOPE_STACKS");
    if (arguments->value[OPTION_STACKS])
        setenv("RPSCOPE_STACKS", arguments->value[OPTION_STACKS], 1);
}

static int run_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope run: %s.\n", failure->text);
    return EXIT_USAGE;
}

static int run_main(const struct arguments *arguments) {
    const char *const *value = arguments->value;
    struct check_choice checks = {
        value[OPTION_CHECK] ? value[OPTION_CHECK] : "all",
        value[OPTION_ON_ERROR], value[OPTION_QUARANTINE],
        value[OPTION_SUPPRESSIONS]};
    struct failure failure = {.text = ""};
    struct program program;
    char library[PATH_MAX];
    if (!program_find(&program, arguments->operands[0], &failure) ||
        !recorder_library_find(library, value[OPTION_LIBRARY], &failure) ||
        !check_choice_good(&checks, program.path, &failure))
        return run_refuse(&failure);
    if (program.obstacle != PROGRAM_FINE) {
        fail(&failure, "%s %s", arguments->operands[0],
             program_obstacle_text(program.obstacle));
        return run_refuse(&failure);
    }
    struct child child;
    int status = 0;
    if (child_fork(&child) == 0) {
        run_environment(arguments, &checks, library);
        child_exec(&child, program.path, arguments->operands);
    }
    int error = child_started(&child);
    if (child.process > 0)
        child_wait(child.process, &status);
    if (error) {
        fail(&failure, "cannot start \"%s\": %s", arguments->operands[0],
             strerror(error));
        return run_refuse(&failure);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

const struct command run_command = {
    .name = "run",
    .operands = "-- PROGRAM [ARGUMENTS]",
    .summary = "run a program and look for heap bugs",
    .text =
        "Runs PROGRAM with the instrumented allocator preloaded and tells, on "
        "its stderr, of\n"
        "each misuse of the heap: what, where, of which block, with the stacks "
        "of the moment,\n"
        "of the block's making and of its freeing. Nothing is recorded. The "
        "exit code is the\n"
        "program's (128 + N after signal N).\n\n"
        "  rpscope run -- ./game\n"
        "  rpscope run --check=free,guards --on-error=continue -- ./game\n\n"
        "--check takes all, or words with commas: free, what is freed is a "
        "block, and only\n"
        "once; guards, nobody writes before or behind a block; poison, nor "
        "into a freed one;\n"
        "match, blocks are freed as they were made (new and delete, sizes, "
        "alignments); leaks, at\n"
        "the end nothing leads to a block; no-alloc, nothing is allocated "
        "between\n"
        "rpmalloc_no_alloc_begin and _end; spans, the allocator's own state is "
        "whole; and,\n"
        "not in all, leaks:reachable, blocks that something still leads to at "
        "the end are told,\n"
        "too, but for the exit code; pages, pages:N, pages:N:begin: one block "
        "in N (5000)\n"
        "has pages of its own, so that an access past its end, with begin one "
        "before its start,\n"
        "and after its end any, is seen where it is done. Alone, or with "
        "no-alloc, that leaves\n"
        "all other blocks as they are without checks. Which may have them: "
        "pages:N:size=A-B\n"
        "by what was asked for, pages:N:tag=NAME by rpmalloc_tag_push, "
        "pages:N:site=FUNCTION, or\n"
        "site=/LIBRARY:FUNCTION, what that function of the program, or one "
        "that it calls,\n"
        "allocates; the site comes last.",
    .options = {[OPTION_CHECK] = CHECK_CHOICE_CHECK,
                [OPTION_ON_ERROR] = CHECK_CHOICE_ON_ERROR,
                [OPTION_QUARANTINE] = CHECK_CHOICE_QUARANTINE,
                [OPTION_SUPPRESSIONS] = CHECK_CHOICE_SUPPRESSIONS,
                [OPTION_STACKS] = {.name = "stacks",
                                   .value = "HOW",
                                   .accepted = "full|none",
                                   .check = stack_choice_good,
                                   .expected = STACK_CHOICE_EXPECTED,
                                   .help = "call stacks of blocks, as for "
                                           "record"},
                [OPTION_LIBRARY] = {.name = "library",
                                    .value = "FILE",
                                    .help = "the instrumented "
                                            "librpscope-malloc.so to use"}},
    .least = 1,
    .most = 9999,
    .program = true,
    .run = run_main,
};
