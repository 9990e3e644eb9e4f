// verify.c - rpscope verify: whether recording a program changes its heap.
//
// The program runs with the release library and with the instrumented one,
// which records; a witness in front of both notes what is asked for and where
// it is put. When the two differ, the release library runs again, twice: what
// differs between its own runs is the program's doing, or chance.
#include "viewer/command/commands.h"
#include "viewer/base/number.h"
#include "viewer/record/program.h"
#include "viewer/record/stack_choice.h"
#include "viewer/verify/compare.h"
#include "viewer/verify/run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    OPTION_RUNS,
    OPTION_STACKS,
    OPTION_RELEASE,
    OPTION_LIBRARY,
    OPTION_QUIET
};

// A run and what its witness noted.
struct observed {
    struct verify_run run;
    struct verify_log log;
    bool is_there;
};

struct verification {
    const struct arguments *arguments;
    struct program program;
    struct verify_stage stage;
    char witness[VERIFY_PATH];
    char release[VERIFY_PATH];
    char instrumented[VERIFY_PATH];
    struct observed first;    // release
    struct observed recorded; // instrumented
    struct observed again[2]; // release, as at first, and at other addresses
};

static bool is_runs(const char *value) {
    uint64_t number;
    return options_number(value, 1, 1000, &number);
}

// A library: as given, else beside this executable, where the build (built)
// and an installation (installed) have it.
static bool find_library(char *path, const char *given, const char *built,
                         const char *installed, struct failure *failure) {
    if (given && *given) {
        if (access(given, R_OK) != 0 || !realpath(given, path))
            return fail(failure, "cannot read the library \"%s\": %s", given,
                        strerror(errno));
        return true;
    }
    char own[VERIFY_PATH];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    own[length > 0 ? length : 0] = 0;
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = 0;
    const char *const places[] = {built, installed};
    for (size_t i = 0; i < 2; i++) {
        char place[2 * VERIFY_PATH];
        snprintf(place, sizeof place, "%s/%s", own, places[i]);
        if (access(place, R_OK) == 0 && realpath(place, path))
            return true;
    }
    return fail(failure,
                "cannot find a library: neither %s/%s nor %s/%s is there; "
                "build it with scons",
                own, built, own, installed);
}

static bool prepare(struct verification *v, struct failure *failure) {
    const char *const *value = v->arguments->value;
    const char *library = value[OPTION_LIBRARY];
    if (!library)
        library = getenv("RPSCOPE_LIBRARY");
    if (!program_find(&v->program, v->arguments->operands[0], failure))
        return false;
    if (v->program.obstacle != PROGRAM_FINE)
        return fail(failure, "%s %s", v->arguments->operands[0],
                    program_obstacle_text(v->program.obstacle));
    return find_library(v->witness, NULL, "librpscope-witness.so",
                        "../lib/rpscope/librpscope-witness.so", failure) &&
           find_library(v->release, value[OPTION_RELEASE],
                        "release/librpscope-malloc.so",
                        "../lib/librpscope-malloc.so", failure) &&
           find_library(
               v->instrumented, library, "instrumented/librpscope-malloc.so",
               "../lib/rpscope/instrumented/librpscope-malloc.so", failure);
}

static bool observe(struct verification *v, struct observed *o,
                    const char *library, bool is_moved,
                    struct failure *failure) {
    o->run = (struct verify_run){
        .library = library,
        .other = library == v->release ? v->instrumented : v->release,
        .is_moved = is_moved};
    if (!verify_run(&v->stage, &o->run, v->program.path, v->arguments->operands,
                    failure))
        return false;
    if (WIFSIGNALED(o->run.status) && WTERMSIG(o->run.status) == SIGINT)
        return fail(failure, "interrupted");
    if (!verify_log_open(&o->log, o->run.log, failure))
        return false;
    o->is_there = true;
    if (o->log.head->images && !o->log.head->has_places)
        return fail(failure,
                    "the library \"%s\" does not tell where blocks are; is it "
                    "of another version?",
                    library);
    if (o->log.head->images && !verify_run_had(&v->stage, o->log.head->library))
        return fail(failure, "the library \"%s\" cannot be preloaded", library);
    if (o->log.calls == 0)
        return fail(failure,
                    "%s asked for no memory by malloc or new, or nothing can "
                    "be preloaded into it",
                    v->arguments->operands[0]);
    return true;
}

static void forget(struct observed *o) {
    if (!o->is_there)
        return;
    verify_log_close(&o->log);
    unlink(o->run.log);
    o->is_there = false;
}

// ---- what is said ----

static void say_place(const char *who, const struct witness_event *event) {
    char call[160];
    if (!event) {
        fprintf(stderr, "  %-13s has ended\n", who);
        return;
    }
    verify_log_call(event, call, sizeof call);
    if (event->kind == WITNESS_STATISTIC)
        fprintf(stderr, "  %-13s %s: %s\n", who, verify_log_statistic(event),
                number_exact(event->size).text);
    else if (event->kind == WITNESS_USABLE_SIZE)
        fprintf(stderr, "  %-13s %s: %s bytes\n", who, call,
                number_exact(event->size).text);
    else if (event->span == UINT32_MAX)
        fprintf(stderr, "  %-13s %s\n", who, call);
    else
        fprintf(stderr, "  %-13s %s at span %u + %u\n", who, call, event->span,
                event->offset);
}

static void say_site(const struct verify_log *log,
                     const struct witness_event *event) {
    char site[700];
    if (!event || !event->caller)
        return;
    verify_log_site(log, event->caller, site, sizeof site);
    fprintf(stderr, "  called from   %s\n", site);
}

// The first difference of a comparison of `log` with another.
static void say_difference(const struct verify_comparison *c,
                           const struct verify_log *log, const char *one,
                           const char *other) {
    say_place(one, c->one);
    say_place(other, c->other);
    say_site(log, c->one);
}

static const char *status_text(int status, char *text, size_t size) {
    if (WIFSIGNALED(status))
        snprintf(text, size, "by signal %d", WTERMSIG(status));
    else
        snprintf(text, size, "with exit code %d", WEXITSTATUS(status));
    return text;
}

static void say_sums(const struct verification *v) {
    const struct verify_log *one = &v->first.log, *two = &v->recorded.log;
    fprintf(stderr,
            "  release       %s calls, %s spans, most held %s\n"
            "  instrumented  %s calls, %s spans, most held %s\n",
            number_exact(one->calls).text, number_exact(one->spans).text,
            number_iec(one->held_peak).text, number_exact(two->calls).text,
            number_exact(two->spans).text, number_iec(two->held_peak).text);
}

// ---- verdicts ----

// How runs with the release library differ among themselves.
enum itself {
    ITSELF_NOT,
    ITSELF_ALWAYS,
    ITSELF_ELSEWHERE, // only when it runs at other addresses
    ITSELF_UNKNOWN    // they could not be run
};

// Runs the release library up to twice more, and compares by `differs`.
static enum itself differs_by_itself(
    struct verification *v,
    bool (*differs)(const struct observed *one, const struct observed *other),
    struct failure *failure) {
    for (int i = 0; i < 2; i++) {
        if (!v->again[i].is_there &&
            !observe(v, &v->again[i], v->release, i == 1, failure))
            return ITSELF_UNKNOWN;
        if (differs(&v->first, &v->again[i]))
            return i == 0 ? ITSELF_ALWAYS : ITSELF_ELSEWHERE;
    }
    return ITSELF_NOT;
}

static bool heap_differs(const struct observed *one,
                         const struct observed *other) {
    return verify_compare(&one->log, &other->log).outcome != VERIFY_ALIKE;
}

static bool end_differs(const struct observed *one,
                        const struct observed *other) {
    return one->run.status != other->run.status;
}

static bool output_differs(const struct observed *one,
                           const struct observed *other) {
    return !verify_run_same_output(&one->run, &other->run);
}

static int unable(const struct failure *failure) {
    fprintf(stderr, "rpscope verify: %s.\n", failure->text);
    return EXIT_USAGE;
}

// The heaps are not alike.
static int judge_heap(struct verification *v,
                      const struct verify_comparison *c) {
    struct failure failure = {.text = ""};
    enum itself itself = differs_by_itself(v, heap_differs, &failure);
    if (itself == ITSELF_UNKNOWN)
        return unable(&failure);
    const char *what = c->outcome == VERIFY_PLACED
                           ? "the libraries do not do the same"
                           : "the program does not ask for the same";
    fprintf(stderr, "rpscope: %s: from call %s of thread %zu on %s:\n",
            itself ? "NOT COMPARABLE" : "DIFFERENT", number_exact(c->call).text,
            c->thread, what);
    say_difference(c, &v->first.log, "release", "instrumented");
    if (!itself) {
        fprintf(stderr,
                "rpscope: %s calls are the same, and three runs with the "
                "release library are the same.\n",
                number_exact(c->alike).text);
        return EXIT_DIFFERENT;
    }
    fprintf(stderr,
            "rpscope: %s %s. %s calls are the same with both libraries. In "
            "sum:\n",
            v->arguments->operands[0],
            itself == ITSELF_ALWAYS
                ? "is not deterministic by itself: two runs with the release "
                  "library differ, too"
                : "goes by addresses, which differ with the library: at other "
                  "addresses, a run with the release library differs, too",
            number_exact(c->alike).text);
    say_sums(v);
    return EXIT_DAMAGED;
}

// The heaps are alike, but not how the program ended or what it wrote.
static int judge_end(struct verification *v) {
    struct failure failure = {.text = ""};
    bool ends = end_differs(&v->first, &v->recorded);
    enum itself itself =
        differs_by_itself(v, ends ? end_differs : output_differs, &failure);
    char one[40], other[40];
    if (itself == ITSELF_UNKNOWN)
        return unable(&failure);
    if (ends)
        fprintf(stderr,
                "rpscope: %s: the program ended %s with the release library, "
                "and %s with the instrumented one%s.\n",
                itself ? "NOT COMPARABLE" : "DIFFERENT",
                status_text(v->first.run.status, one, sizeof one),
                status_text(v->recorded.run.status, other, sizeof other),
                itself ? ", as it does by itself" : "");
    else if (!itself)
        fputs("rpscope: DIFFERENT: what the program writes is not the same "
              "with the instrumented library; three runs with the release "
              "library write the same.\n",
              stderr);
    return !itself ? EXIT_DIFFERENT : ends ? EXIT_DAMAGED : EXIT_ALL_WELL;
}

// Every thread asked for the same; what lies elsewhere lies there by chance.
static int judge_threads(struct verification *v,
                         const struct verify_comparison *c) {
    fprintf(stderr,
            "rpscope: NOT COMPARABLE: all threads ask for the same, and %s "
            "calls are the same in all; but %s blocks, allocated while %zu "
            "threads were at work, lie elsewhere, and that can be chance. In "
            "sum:\n",
            number_exact(c->alike).text, number_exact(c->moved).text,
            v->first.log.most_threads);
    say_sums(v);
    return EXIT_DAMAGED;
}

static int judge(struct verification *v) {
    struct verify_comparison c =
        verify_compare(&v->first.log, &v->recorded.log);
    if (c.outcome != VERIFY_ALIKE)
        return judge_heap(v, &c);
    if (end_differs(&v->first, &v->recorded) ||
        output_differs(&v->first, &v->recorded)) {
        int code = judge_end(v);
        if (code != EXIT_ALL_WELL)
            return code;
    }
    if (c.moved)
        return judge_threads(v, &c);
    if (v->first.log.head->is_cut || v->recorded.log.head->is_cut) {
        fprintf(stderr,
                "rpscope: NOT COMPARABLE: the first %s calls are the same, but "
                "there was no room in \"%s\" to note all.\n",
                number_exact(c.alike).text, v->stage.folder);
        return EXIT_DAMAGED;
    }
    if (!v->recorded.run.is_recorded) {
        fprintf(stderr,
                "rpscope: NOT COMPARABLE: all %s calls are the same, but the "
                "library \"%s\" wrote no trace.\n",
                number_exact(c.alike).text, v->instrumented);
        return EXIT_DAMAGED;
    }
    return EXIT_ALL_WELL;
}

static void say_equal(const struct verification *v, uint64_t runs) {
    const struct verify_log *log = &v->first.log;
    char times[48] = "";
    if (runs > 1)
        snprintf(times, sizeof times, ", %s times over",
                 number_exact(runs).text);
    fprintf(stderr,
            "rpscope: EQUAL: the release and the instrumented library do the "
            "same in all %s calls of %s%s: %s spans, most held %s.\n",
            number_exact(log->calls).text, v->arguments->operands[0], times,
            number_exact(log->spans).text, number_iec(log->held_peak).text);
}

static int verify_all(struct verification *v) {
    struct failure failure = {.text = ""};
    const char *given = v->arguments->value[OPTION_RUNS];
    uint64_t runs = 1;
    if (given)
        options_number(given, 1, 1000, &runs);
    if (!observe(v, &v->first, v->release, false, &failure))
        return unable(&failure);
    verify_run_show(&v->first.run);
    for (uint64_t i = 0; i < runs; i++) {
        forget(&v->recorded);
        if (!observe(v, &v->recorded, v->instrumented, false, &failure))
            return unable(&failure);
        int code = judge(v);
        if (code != EXIT_ALL_WELL)
            return code;
    }
    if (!v->arguments->value[OPTION_QUIET])
        say_equal(v, runs);
    return EXIT_ALL_WELL;
}

static int verify_main(const struct arguments *arguments) {
    struct verification *v = calloc(1, sizeof *v);
    struct failure failure = {.text = ""};
    int code = EXIT_USAGE;
    if (!v)
        return EXIT_USAGE;
    v->arguments = arguments;
    if (!prepare(v, &failure) ||
        !verify_stage_begin(&v->stage, v->witness,
                            arguments->value[OPTION_STACKS], &failure))
        unable(&failure);
    else
        code = verify_all(v);
    forget(&v->first);
    forget(&v->recorded);
    forget(&v->again[0]);
    forget(&v->again[1]);
    verify_stage_end(&v->stage);
    free(v);
    return code;
}

const struct command command_verify = {
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
        "compared.\n\n"
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
