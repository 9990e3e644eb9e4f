// record.c - rpscope record: runs a program with the recorder preloaded.
//
// Everything that can be wrong is looked for before the program starts, so
// that nothing is half done. Then rpscope is not in the way: the program has
// its terminal, its signals and its exit code, and rpscope waits.
#include "viewer/record/record.h"
#include "instrument/options/options.h"
#include "viewer/base/number.h"
#include "viewer/record/check_choice.h"
#include "viewer/record/child.h"
#include "viewer/record/drainer.h"
#include "viewer/record/program.h"
#include "viewer/record/recorder_library.h"
#include "viewer/record/result.h"
#include "viewer/record/stack_choice.h"
#include "viewer/record/sweep.h"
#include "viewer/record/trace_path.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_STACKS,
    OPTION_FREE_STACKS,
    OPTION_FOLLOW,
    OPTION_ONLY,
    OPTION_BUFFER,
    OPTION_LIMIT,
    OPTION_LOSS,
    OPTION_CLOCK,
    OPTION_SPILL,
    OPTION_PAUSED,
    OPTION_LAST,
    OPTION_RESIDENCY,
    OPTION_NO_NAMES,
    OPTION_CHECK,
    OPTION_ON_ERROR,
    OPTION_QUARANTINE,
    OPTION_SUPPRESSIONS,
    OPTION_LIBRARY,
    OPTION_QUIET
};

struct recording {
    const struct arguments *arguments;
    struct program program;
    char library[PATH_MAX];
    struct trace_path trace;
    struct check_choice checks;
    const char *registration; // the file of the drainer; NULL: there is none
};

static bool record_is_size(const char *value) {
    uint64_t bytes;
    return options_size(value, &bytes) && bytes >= 4096;
}

static bool record_is_names(const char *value) {
    return *value && strlen(value) < RP_PATH_BYTES && !strchr(value, '/');
}

static bool record_is_free_stacks(const char *value) {
    uint32_t every;
    return rp_stack_options_read_free(value, &every);
}

static bool record_is_spill(const char *value) {
    uint64_t bytes;
    return options_size(value, &bytes) && bytes >= (16 << 20);
}

static bool record_is_time(const char *value) {
    static const struct {
        const char *suffix;
        uint64_t day;
    } units[] = {{"", 86400}, {"s", 86400}, {"ms", 86400000}, {"m", 1440}};
    char digits[16];
    size_t length = strspn(value, "0123456789");
    uint64_t number;
    if (length >= sizeof digits)
        return false;
    memcpy(digits, value, length);
    digits[length] = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(value + length, units[i].suffix) == 0)
            return options_number(digits, 1, units[i].day, &number);
    return false;
}

// A time, or a size with its suffix.
static bool record_is_last(const char *value) {
    uint64_t bytes;
    return record_is_time(value) ||
           (options_size(value, &bytes) && strpbrk(value, "KMG") &&
            bytes >= RP_LAST_BYTES_LEAST && bytes <= RP_LAST_BYTES_MOST);
}

static bool record_is_limit(const char *value) {
    uint64_t bytes;
    return options_size(value, &bytes) && bytes >= (512 << 10);
}

static bool record_prepare(struct recording *r, struct failure *failure) {
    return program_find(&r->program, r->arguments->operands[0], failure) &&
           recorder_library_find(
               r->library, r->arguments->value[OPTION_LIBRARY], failure) &&
           check_choice_good(&r->checks, r->program.path, failure) &&
           trace_path_choose(&r->trace, r->arguments->value[OPTION_OUTPUT],
                             r->arguments->value[OPTION_FORCE], failure);
}

// In the child: what the recorder reads when it starts.
static void record_environment(struct recording *r) {
    static const struct {
        int option;
        const char *name;
    } settings[] = {{OPTION_STACKS, "RPSCOPE_STACKS"},
                    {OPTION_FREE_STACKS, "RPSCOPE_FREE_STACKS"},
                    {OPTION_FOLLOW, "RPSCOPE_FOLLOW"},
                    {OPTION_ONLY, "RPSCOPE_ONLY"},
                    {OPTION_BUFFER, "RPSCOPE_BUFFER"},
                    {OPTION_LAST, "RPSCOPE_LAST"},
                    {OPTION_LIMIT, "RPSCOPE_LIMIT"},
                    {OPTION_LOSS, "RPSCOPE_LOSS"},
                    {OPTION_CLOCK, "RPSCOPE_CLOCK"},
                    {OPTION_SPILL, "RPSCOPE_SPILL"},
                    {OPTION_RESIDENCY, "RPSCOPE_RESIDENCY"}};
    if (*r->trace.path)
        unlink(r->trace.path); // it may be overwritten, or is not there
    trace_path_name(&r->trace, r->arguments->operands[0], getpid());
    if (r->program.obstacle != PROGRAM_OTHER_LIBC)
        recorder_library_preload(r->library);
    check_choice_environment(&r->checks);
    setenv("RPSCOPE_FILE", r->trace.path, 1);
    char number[16];
    snprintf(number, sizeof number, "%d", (int)getpid());
    setenv("RPSCOPE_ROOT", number, 1);
    setenv("RPSCOPE_RECORD",
           r->arguments->value[OPTION_PAUSED] ? "paused" : "on", 1);
    unsetenv("RPSCOPE_DESK");
    if (r->registration)
        setenv("RPSCOPE_DESK", r->registration, 1);
    record_drainer_is_root();
    unsetenv("RPSCOPE_FORCE"); // what may be overwritten is gone already
    // The library puts its trace's id in place of the zeros.
    setenv("RPSCOPE_PARENT", "0000000000000000", 1);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        unsetenv(settings[i].name);
        if (r->arguments->value[settings[i].option])
            setenv(settings[i].name, r->arguments->value[settings[i].option],
                   1);
    }
}

static volatile sig_atomic_t record_child, record_forwarded;

// What asks us to end asks the program to end; we end when it has ended.
static void record_forward(int signal) {
    record_forwarded = signal;
    if (record_child > 0)
        kill(record_child, signal);
}

// Starts the program. On failure the reason is an errno value.
static pid_t record_start(struct recording *r, int *reason) {
    struct child child;
    sigset_t forwarded, before;
    sigemptyset(&forwarded);
    sigaddset(&forwarded, SIGTERM);
    sigaddset(&forwarded, SIGHUP);
    sigprocmask(SIG_BLOCK, &forwarded, &before);
    if (child_fork(&child) == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        record_environment(r);
        child_exec(&child, r->program.path, r->arguments->operands);
    }
    record_child = child.process;
    struct sigaction forward = {.sa_handler = record_forward,
                                .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (child.process > 0)
        trace_path_name(&r->trace, r->arguments->operands[0], child.process);
    *reason = child_started(&child);
    return child.process;
}

static uint64_t record_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Waits for the program's end, how and when goes into `result`; returns its
// exit code, 128 + N after signal N. *more: how many processes go on.
static int record_wait(pid_t child, struct result *result, uint32_t *more) {
    int status;
    if (!child_wait(child, &status))
        return EXIT_USAGE;
    record_child = 0;
    result->status = status;
    result->end_unix_ns = record_now();
    result->forwarded = record_forwarded;
    struct rusage usage; // the drainer has not been waited for yet
    if (getrusage(RUSAGE_CHILDREN, &usage) == 0)
        result->resident = (uint64_t)usage.ru_maxrss << 10;
    *more = record_drainer_end(status);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int record_run(const struct arguments *arguments) {
    const char *const *value = arguments->value;
    struct recording r = {
        .arguments = arguments,
        .checks = {value[OPTION_CHECK], value[OPTION_ON_ERROR],
                   value[OPTION_QUARANTINE], value[OPTION_SUPPRESSIONS]}};
    struct failure failure = {.text = ""};
    if (!record_prepare(&r, &failure)) {
        fprintf(stderr, "rpscope record: %s.\n", failure.text);
        return EXIT_USAGE;
    }
    if (r.program.obstacle != PROGRAM_FINE)
        fprintf(stderr, "rpscope: %s %s.\n", arguments->operands[0],
                program_obstacle_text(r.program.obstacle));
    record_sweep(false);
    r.registration = record_drainer_start(&r.trace, arguments->operands[0]);
    struct result result = {.command = arguments->operands[0],
                            .program = &r.program,
                            .trace = &r.trace,
                            .start_unix_ns = record_now(),
                            .only = arguments->value[OPTION_ONLY],
                            .no_names =
                                arguments->value[OPTION_NO_NAMES] != NULL,
                            .quiet = arguments->value[OPTION_QUIET]};
    int reason = 0;
    uint32_t more = 0;
    pid_t child = record_start(&r, &reason);
    int code = child > 0 ? record_wait(child, &result, &more) : 0;
    if (child <= 0)
        record_drainer_end(0);
    if (reason) {
        fprintf(stderr, "rpscope record: cannot start \"%s\": %s.\n",
                arguments->operands[0], strerror(reason));
        return EXIT_USAGE;
    }
    result.process = (uint32_t)child;
    result_say(&result);
    if (more && !arguments->value[OPTION_QUIET])
        fprintf(stderr,
                "rpscope: %u process%s of the recording %s on, and so does "
                "the recording.\n",
                more, more == 1 ? "" : "es", more == 1 ? "goes" : "go");
    return code;
}

const struct command record_command = {
    .name = "record",
    .operands = "-- PROGRAM [ARGUMENTS]",
    .summary = "run a program and record what it allocates",
    .text =
        "Runs PROGRAM with the instrumented allocator preloaded, and writes "
        "every\n"
        "allocation and every event of the allocator into a trace. The "
        "program keeps its\n"
        "terminal, its output and its exit code (128 + N after signal N).\n\n"
        "  rpscope record -- python3 app.py\n"
        "  rpscope record -o game.rptrace --stacks 32 -- ./game --level 3\n\n"
        "--stacks takes none, or a list with commas: full or a number of "
        "frames; fp\n"
        "to follow frame pointers alone; sample:BYTES, a stack for about one "
        "allocation\n"
        "in so many bytes; check:N to compare one stack in N with libunwind's "
        "(1024).",
    .options =
        {
            [OPTION_OUTPUT] = {.name = "output",
                               .letter = 'o',
                               .value = "FILE",
                               .help = "the trace; else "
                                       "COMMAND.PID.rptrace in this folder"},
            [OPTION_FORCE] = {.name = "force",
                              .help = "overwrite the trace when it is there"},
            [OPTION_STACKS] = {.name = "stacks",
                               .value = "HOW",
                               .accepted = "full|none",
                               .check = stack_choice_good,
                               .expected = STACK_CHOICE_EXPECTED,
                               .help = "call stacks: full (default), none, or "
                                       "see above"},
            [OPTION_FREE_STACKS] = {.name = "free-stacks",
                                    .value = "HOW",
                                    .accepted = "all|none",
                                    .check = record_is_free_stacks,
                                    .expected = "sample:N for one free in N",
                                    .help = "who frees: all, none (default), "
                                            "or sample:N, one in N"},
            [OPTION_FOLLOW] = {.name = "follow",
                               .value = "WHICH",
                               .accepted = "all|exec|none",
                               .help = "children, too: all (default), exec: "
                                       "programs, or none"},
            [OPTION_ONLY] = {.name = "only",
                             .value = "NAMES",
                             .check = record_is_names,
                             .expected = "names of programs with commas "
                                         "between them",
                             .help = "record only programs so called: "
                                     "cc1,ld"},
            [OPTION_BUFFER] = {.name = "buffer",
                               .value = "SIZE",
                               .check = record_is_size,
                               .expected = "a size from 4K up, such as 512K, "
                                           "8M or 1G",
                               .help = "buffer of each thread: 512K, 8M, 1G"},
            [OPTION_LIMIT] = {.name = "limit",
                              .value = "SIZE",
                              .check = record_is_limit,
                              .expected = "a size from 512K up, such as 100M "
                                          "or 2G",
                              .help = "end the recording, and not the program, "
                                      "before a trace is larger"},
            [OPTION_LOSS] = {.name = "loss",
                             .value = "HOW",
                             .accepted = "never|drop",
                             .help = "buffer full: never (default) waits, "
                                     "drop drops and counts"},
            [OPTION_CLOCK] =
                {.name = "clock",
                 .value = "HOW",
                 .accepted = "exact|coarse",
                 .help = "exact (default), or coarse: cheaper, some ms off"},
            [OPTION_SPILL] = {.name = "spill",
                              .value = "SIZE",
                              .accepted = "none",
                              .check = record_is_spill,
                              .expected = "a size from 16M up, such as 512M or "
                                          "4G",
                              .help = "of disk for full buffers (1G, or "
                                      "half of what is free), or none"},
            [OPTION_PAUSED] = {.name = "paused",
                               .help = "write nothing until rpscope ctl PID "
                                       "start"},
            [OPTION_LAST] = {.name = "last",
                             .value = "WHAT",
                             .check = record_is_last,
                             .expected = RP_OPTIONS_LAST,
                             .help = "write only the last TIME or SIZE before "
                                     "the end: 30s, 256M"},
            [OPTION_RESIDENCY] = {.name = "residency",
                                  .value = "TIME",
                                  .check = record_is_time,
                                  .expected = "a time from 1ms to a day, "
                                              "such as 1s",
                                  .help = "look every TIME how much is in "
                                          "memory"},
            [OPTION_NO_NAMES] = {.name = "no-names",
                                 .help = "put no names of functions into the "
                                         "trace at the end"},
            [OPTION_CHECK] = CHECK_CHOICE_CHECK,
            [OPTION_ON_ERROR] = CHECK_CHOICE_ON_ERROR,
            [OPTION_QUARANTINE] = CHECK_CHOICE_QUARANTINE,
            [OPTION_SUPPRESSIONS] = CHECK_CHOICE_SUPPRESSIONS,
            [OPTION_LIBRARY] = {.name = "library",
                                .value = "FILE",
                                .help = "the instrumented "
                                        "librpscope-malloc.so to preload"},
            [OPTION_QUIET] = {.name = "quiet",
                              .letter = 'q',
                              .help = "say nothing at the end when all went "
                                      "well"},
        },
    .least = 1,
    .most = INT_MAX,
    .program = true,
    .run = record_run,
};
