// judge.c - what the runs of a program say about the two libraries.
#include "viewer/verify/judge.h"

#include <stdio.h>
#include <sys/wait.h>

#include "viewer/base/number.h"
#include "viewer/base/options.h"
#include "viewer/verify/compare.h"

// ---- what is said ----

static void say_place(const char *who, const struct call_log_event *event) {
    char call[160];
    if (!event) {
        fprintf(stderr, "  %-13s has ended\n", who);
        return;
    }
    verify_log_call(event, call, sizeof call);
    if (event->kind == CALL_LOG_STATISTIC)
        fprintf(stderr, "  %-13s %s: %s\n", who, verify_log_statistic(event),
                number_exact(event->size).text);
    else if (event->kind == CALL_LOG_USABLE_SIZE)
        fprintf(stderr, "  %-13s %s: %s bytes\n", who, call,
                number_exact(event->size).text);
    else if (event->span == UINT32_MAX)
        fprintf(stderr, "  %-13s %s\n", who, call);
    else
        fprintf(stderr, "  %-13s %s at span %u + %u\n", who, call, event->span,
                event->offset);
}

static void say_site(const struct verify_log *log,
                     const struct call_log_event *event) {
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
        snprintf(text, size, "by signal %s",
                 number_signal(WTERMSIG(status)).text);
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
            !observe_run(v, &v->again[i], v->release, i == 1, failure))
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

// The heaps are not alike.
static int judge_heap(struct verification *v, const struct verify_comparison *c,
                      struct failure *failure) {
    enum itself itself = differs_by_itself(v, heap_differs, failure);
    if (itself == ITSELF_UNKNOWN)
        return EXIT_USAGE;
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
            v->words[0],
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
static int judge_end(struct verification *v, struct failure *failure) {
    bool ends = end_differs(&v->first, &v->recorded);
    enum itself itself =
        differs_by_itself(v, ends ? end_differs : output_differs, failure);
    char one[40], other[40];
    if (itself == ITSELF_UNKNOWN)
        return EXIT_USAGE;
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

static bool run_plain(struct verification *v, int which,
                      struct failure *failure) {
    struct verify_run *run = &v->plain[which];
    *run = (struct verify_run){.is_moved = which == 1};
    return verify_run(&v->stage, run, v->program.path, v->words, failure);
}

int judge_plain(struct verification *v, struct failure *failure) {
    const struct verify_run *with = &v->first.run, *without = &v->plain[0];
    char one[40], other[40];
    if (!run_plain(v, 0, failure))
        return EXIT_USAGE;
    if (with->status != without->status) {
        fprintf(stderr,
                "rpscope: DIFFERENT: the program ended %s with the release "
                "and the instrumented library, and %s without them.\n",
                status_text(with->status, one, sizeof one),
                status_text(without->status, other, sizeof other));
        return EXIT_DIFFERENT;
    }
    if (!verify_run_same_output(with, without)) {
        if (!run_plain(v, 1, failure))
            return EXIT_USAGE;
        // What it writes by chance, or goes by addresses, tells nothing.
        if (verify_run_same_output(without, &v->plain[1]) &&
            !differs_by_itself(v, output_differs, failure)) {
            fputs("rpscope: DIFFERENT: what the program writes is not the same "
                  "without the release and the instrumented library; two runs "
                  "without, and three with the release library write the "
                  "same.\n",
                  stderr);
            return EXIT_DIFFERENT;
        }
    }
    if (!WIFSIGNALED(with->status))
        return EXIT_ALL_WELL;
    fprintf(stderr,
            "rpscope: NOT COMPARABLE: the program ended %s with either library "
            "and without them; until then all %s calls are the same.\n",
            status_text(with->status, one, sizeof one),
            number_exact(v->first.log.calls).text);
    return EXIT_DAMAGED;
}

int judge_runs(struct verification *v, struct failure *failure) {
    struct verify_comparison c =
        verify_compare(&v->first.log, &v->recorded.log);
    if (c.outcome != VERIFY_ALIKE)
        return judge_heap(v, &c, failure);
    if (end_differs(&v->first, &v->recorded) ||
        output_differs(&v->first, &v->recorded)) {
        int code = judge_end(v, failure);
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
