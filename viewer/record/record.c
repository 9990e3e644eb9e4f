// record.c - rpscope record: runs a program with the recorder preloaded.
//
// Everything that can be wrong is looked for before the program starts, so
// that nothing is half done. Then rpscope is not in the way: the program has
// its terminal, its signals and its exit code, and rpscope waits.
#include "instrument/options/options.h"
#include "viewer/command/commands.h"
#include "viewer/base/number.h"
#include "viewer/record/program.h"
#include "viewer/record/drainer.h"
#include "viewer/record/rescue.h"
#include "viewer/record/recorded.h"
#include "viewer/record/stack_choice.h"
#include "viewer/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIBRARY_NAME "instrumented/librpscope-malloc.so"

enum {
    OPTION_OUTPUT,
    OPTION_FORCE,
    OPTION_STACKS,
    OPTION_FOLLOW,
    OPTION_BUFFER,
    OPTION_LIMIT,
    OPTION_LOSS,
    OPTION_SPILL,
    OPTION_PAUSED,
    OPTION_LAST,
    OPTION_RESIDENCY,
    OPTION_LIBRARY,
    OPTION_QUIET
};

struct recording {
    const struct arguments *arguments;
    struct program program;
    char library[PATH_MAX];
    char trace[PATH_MAX]; // absolute; "" until the process id is known
    char folder[PATH_MAX];
    const char *shown; // the trace as the user called it
    const char *desk;  // of the drainer; NULL: there is none
};

static bool record_is_size(const char *value) {
    uint64_t bytes;
    return options_size(value, &bytes) && bytes >= 4096;
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

// The instrumented library: as given, else beside this executable, where the
// build and an installation have it.
static bool record_library(struct recording *r, struct failure *failure) {
    const char *given = r->arguments->value[OPTION_LIBRARY];
    const char *source = "--library";
    if (!given) {
        given = getenv("RPSCOPE_LIBRARY");
        source = "RPSCOPE_LIBRARY";
    }
    if (given && *given) {
        if (access(given, R_OK) != 0 || !realpath(given, r->library))
            return fail(failure, "cannot read the recorder \"%s\" (%s): %s",
                        given, source, strerror(errno));
        return true;
    }
    static const char *const places[] = {"/" LIBRARY_NAME,
                                         "/../lib/rpscope/" LIBRARY_NAME};
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    own[length > 0 ? length : 0] = 0;
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char place[2 * PATH_MAX];
        snprintf(place, sizeof place, "%s%s", own, places[i]);
        if (access(place, R_OK) == 0 && realpath(place, r->library))
            return true;
    }
    return fail(failure,
                "cannot find the recorder: neither %s%s nor %s%s is there; "
                "build it with scons, or name it with --library FILE",
                own, places[0], own, places[1]);
}

static bool record_output(struct recording *r, struct failure *failure) {
    const char *given = r->arguments->value[OPTION_OUTPUT];
    char working[PATH_MAX];
    if (!getcwd(working, sizeof working))
        return fail(failure, "cannot tell the working folder: %s",
                    strerror(errno));
    int length = 0;
    if (!given)
        length = snprintf(r->folder, sizeof r->folder, "%s", working);
    else if (*given == '/')
        length = snprintf(r->trace, sizeof r->trace, "%s", given);
    else
        length = snprintf(r->trace, sizeof r->trace, "%s/%s", working, given);
    if ((size_t)length >= sizeof r->trace)
        return fail(failure, "cannot write \"%s\": the path is too long",
                    given ? given : working);
    if (given) {
        r->shown = given;
        memcpy(r->folder, r->trace, sizeof r->folder);
        r->folder[text_base_name(r->folder) - r->folder] = 0;
        struct stat status;
        bool there = stat(r->trace, &status) == 0;
        if (!*text_base_name(given) || (there && !S_ISREG(status.st_mode)))
            return fail(
                failure, "cannot write the trace to \"%s\": it is %s", given,
                !there || S_ISDIR(status.st_mode) ? "a folder" : "no file");
        if (there && !r->arguments->value[OPTION_FORCE])
            return fail(failure,
                        "\"%s\" is there already; --force overwrites it",
                        given);
        if (there && eaccess(r->trace, W_OK) != 0)
            return fail(failure, "cannot write \"%s\": %s", given,
                        strerror(errno));
    }
    if (eaccess(r->folder, W_OK | X_OK) != 0)
        return fail(failure, "cannot write into the folder \"%s\": %s",
                    r->folder, strerror(errno));
    return true;
}

// The dynamic linker takes blanks and colons for ends of names.
static bool record_can_preload(const struct recording *r,
                               struct failure *failure) {
    if (strpbrk(r->library, " :"))
        return fail(failure,
                    "cannot preload the recorder \"%s\": its path has a "
                    "blank or a colon; put it elsewhere",
                    r->library);
    return true;
}

static bool record_prepare(struct recording *r, struct failure *failure) {
    return program_find(&r->program, r->arguments->operands[0], failure) &&
           record_library(r, failure) && record_can_preload(r, failure) &&
           record_output(r, failure);
}

// The name of a trace that was given none: COMMAND.PID.rptrace.
static void record_name(struct recording *r, pid_t process) {
    if (!*r->trace)
        snprintf(r->trace, sizeof r->trace, "%.*s/%s.%d.rptrace",
                 PATH_MAX - 300, r->folder,
                 text_base_name(r->arguments->operands[0]), (int)process);
    if (!r->shown)
        r->shown = text_base_name(r->trace);
}

// In the child: what the recorder reads when it starts.
static void record_environment(struct recording *r) {
    static const struct {
        int option;
        const char *name;
    } settings[] = {{OPTION_STACKS, "RPSCOPE_STACKS"},
                    {OPTION_FOLLOW, "RPSCOPE_FOLLOW"},
                    {OPTION_BUFFER, "RPSCOPE_BUFFER"},
                    {OPTION_LAST, "RPSCOPE_LAST"},
                    {OPTION_LIMIT, "RPSCOPE_LIMIT"},
                    {OPTION_LOSS, "RPSCOPE_LOSS"},
                    {OPTION_SPILL, "RPSCOPE_SPILL"},
                    {OPTION_RESIDENCY, "RPSCOPE_RESIDENCY"}};
    record_name(r, getpid());
    const char *preloaded = getenv("LD_PRELOAD");
    char *libraries;
    if (!preloaded || !*preloaded)
        setenv("LD_PRELOAD", r->library, 1);
    else if (asprintf(&libraries, "%s:%s", r->library, preloaded) > 0)
        setenv("LD_PRELOAD", libraries, 1);
    setenv("RPSCOPE_FILE", r->trace, 1);
    char number[16];
    snprintf(number, sizeof number, "%d", (int)getpid());
    setenv("RPSCOPE_ROOT", number, 1);
    setenv("RPSCOPE_RECORD",
           r->arguments->value[OPTION_PAUSED] ? "paused" : "on", 1);
    unsetenv("RPSCOPE_DESK");
    if (r->desk)
        setenv("RPSCOPE_DESK", r->desk, 1);
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

static volatile sig_atomic_t record_child;

// What asks us to end asks the program to end; we end when it has ended.
static void record_forward(int signal) {
    if (record_child > 0)
        kill(record_child, signal);
}

// Starts the program. On failure the reason is an errno value.
static pid_t record_start(struct recording *r, int *reason) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) {
        *reason = errno;
        return -1;
    }
    if (*r->trace)
        unlink(r->trace); // it may be overwritten, or is not there
    // Ctrl-C reaches the program by itself: it is in our process group.
    sigset_t forwarded, before;
    sigemptyset(&forwarded);
    sigaddset(&forwarded, SIGTERM);
    sigaddset(&forwarded, SIGHUP);
    sigprocmask(SIG_BLOCK, &forwarded, &before);
    struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
    sigaction(SIGINT, &ignore, &interrupt);
    sigaction(SIGQUIT, &ignore, &quit);
    pid_t child = fork();
    if (child == 0) {
        sigaction(SIGINT, &interrupt, NULL);
        sigaction(SIGQUIT, &quit, NULL);
        sigprocmask(SIG_SETMASK, &before, NULL);
        record_environment(r);
        execvp(r->program.path, r->arguments->operands);
        int failed = errno;
        while (write(report[1], &failed, sizeof failed) < 0 && errno == EINTR)
            ;
        _exit(127);
    }
    *reason = child < 0 ? errno : 0;
    record_child = child;
    struct sigaction forward = {.sa_handler = record_forward,
                                .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &forward, NULL);
    sigaction(SIGHUP, &forward, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child > 0) {
        record_name(r, child);
        ssize_t got;
        do
            got = read(report[0], reason, sizeof *reason);
        while (got < 0 && errno == EINTR);
    }
    close(report[0]);
    return child;
}

// Waits for the program's end; returns its exit code, 128 + N after signal N.
// *more: how many processes go on.
static int record_wait(pid_t child, uint32_t *more) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return EXIT_USAGE;
    record_child = 0;
    *more = record_drainer_end(status);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void record_say_missing(const struct recording *r) {
    const char *why = program_obstacle_text(r->program.obstacle);
    if (*why)
        fprintf(stderr, "rpscope: no trace was written: %s %s.\n",
                r->arguments->operands[0], why);
    else
        fprintf(stderr,
                "rpscope: no trace was written to %s: the program allocated "
                "nothing, or the recorder could not run in it.\n",
                r->shown);
}

static void record_say_own(const struct recording *r,
                           const struct recorded *own) {
    fprintf(stderr, "rpscope: %s events, ", number_count(own->events).text);
    if (own->lost_events)
        fprintf(stderr, "%s LOST", number_count(own->lost_events).text);
    else
        fputs("none lost", stderr);
    fprintf(
        stderr, ", %s%s. Open with: rpscope %s\n", number_iec(own->bytes).text,
        own->unfinished ? " without its end (killed, or left by _exit)" : "",
        r->shown);
}

static void record_say_others(const struct recording *r,
                              const struct recorded *others) {
    int folder = (int)(text_base_name(r->shown) - r->shown);
    fprintf(stderr,
            "rpscope: %s more trace%s of other processes, %s events; the "
            "%s: rpscope %.*s%s\n",
            number_count(others->traces).text, others->traces == 1 ? "" : "s",
            number_count(others->events).text,
            others->traces == 1 ? "trace" : "largest", folder, r->shown,
            others->largest);
}

// Says what was recorded, where it is and how to look at it.
static void record_report(const struct recording *r, pid_t child,
                          uint64_t start_unix_ns) {
    struct recorded own = {0}, others = {0};
    struct failure failure = {.text = ""};
    bool quiet = r->arguments->value[OPTION_QUIET];
    recorded_settle(r->trace, (uint32_t)child, start_unix_ns);
    bool there = access(r->trace, F_OK) == 0;
    bool good = there && recorded_add(&own, r->trace, &failure);
    recorded_add_others(&others, r->trace, start_unix_ns);
    if (good && !(quiet && !own.lost_events && !own.unfinished))
        record_say_own(r, &own);
    else if (there && !good)
        fprintf(stderr, "rpscope: the trace cannot be opened: %s\n",
                failure.text);
    else if (!there && others.traces == 0)
        record_say_missing(r);
    if (others.traces && !quiet)
        record_say_others(r, &others);
}

static int record_run(const struct arguments *arguments) {
    struct recording r = {.arguments = arguments};
    struct failure failure = {.text = ""};
    if (!record_prepare(&r, &failure)) {
        fprintf(stderr, "rpscope record: %s.\n", failure.text);
        return EXIT_USAGE;
    }
    if (r.program.obstacle != PROGRAM_FINE)
        fprintf(stderr, "rpscope: %s %s.\n", arguments->operands[0],
                program_obstacle_text(r.program.obstacle));
    record_sweep();
    r.desk = record_drainer_start(r.folder);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    uint64_t start = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    int reason = 0;
    uint32_t more = 0;
    pid_t child = record_start(&r, &reason);
    int code = child > 0 ? record_wait(child, &more) : 0;
    if (child <= 0)
        record_drainer_end(0);
    if (reason) {
        fprintf(stderr, "rpscope record: cannot start \"%s\": %s.\n",
                arguments->operands[0], strerror(reason));
        return EXIT_USAGE;
    }
    record_report(&r, child, start);
    if (more && !arguments->value[OPTION_QUIET])
        fprintf(stderr,
                "rpscope: %u process%s of the recording %s on, and so does "
                "the recording.\n",
                more, more == 1 ? "" : "es", more == 1 ? "goes" : "go");
    return code;
}

const struct command command_record = {
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
            [OPTION_FOLLOW] = {.name = "follow",
                               .value = "WHICH",
                               .accepted = "all|none",
                               .help = "child processes: all (default) make "
                                       "traces of their own, or none"},
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
