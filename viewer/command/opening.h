// opening.h - how a trace is opened that stands on a command line.
//
// Every command that reads a trace has the same options for it, side by side in
// its table; what they say is read here and nowhere else.
#ifndef RPSCOPE_COMMAND_OPENING_H
#define RPSCOPE_COMMAND_OPENING_H

#include "viewer/answer/analyse.h"
#include "viewer/base/fail.h"
#include "viewer/base/options.h"
#include "viewer/runs/pairs.h"

// Their places, counted from the first of them.
enum opening {
    OPENING_AT,
    OPENING_NO_RESCUE,
    OPENING_NO_NAMES,
    OPENING_NO_INDEX,
    OPENING_SKIP,
    OPENING_SKIP_RULES,
    OPENING_WRAPPERS,
    OPENINGS
};

// The options themselves; `first`: the place of the first in the table.
// OPENINGS places are theirs.
#define OPENING_OPTIONS(first)                                                 \
    [(first) +                                                                 \
        OPENING_AT] = {.name = "at",                                           \
                       .value = "WHEN",                                        \
                       .accepted = "worst|end|peak|peak-used",                 \
                       .check = opening_is_moment,                             \
                       .expected = "a time such as 12.4s, mark TEXT, "         \
                                   "event:N or snapshot-N",                    \
                       .help = "worst, end, peak, peak-used, TIME, "           \
                               "mark TEXT, event:N, snapshot-N"},              \
        [(first) + OPENING_NO_RESCUE] = {.name = "no-rescue",                  \
                                         .help =                               \
                                             "add nothing to a trace whose "   \
                                             "recorder was killed"},           \
        [(first) + OPENING_NO_NAMES] = {.name = "no-names",                    \
                                        .help =                                \
                                            "addresses in place of functions " \
                                            "and lines; opens only FILE"},     \
        [(first) + OPENING_NO_INDEX] =                                         \
            {.name = "no-index",                                               \
             .help =                                                           \
                 "write no FILE.index beside a large trace, and use none"},    \
        [(first) + OPENING_SKIP] = {.name = "skip",                            \
                                    .value = "PATTERNS",                       \
                                    .help = "functions that name no call "     \
                                            "site: \"pool_*,xalloc\""},        \
        [(first) +                                                             \
            OPENING_SKIP_RULES] = {.name = "skip-rules",                       \
                                   .value = "FILE",                            \
                                   .help = "a file that says what names no "   \
                                           "call site"},                       \
        [(first) + OPENING_WRAPPERS] = {                                       \
            .name = "wrappers",                                                \
            .help = "what allocates for others names call sites, too"}

// Whether `text` is a moment that has no word: 12.4s, 300ms, 5us, 2min; mark
// TEXT; event:N; snapshot-N.
bool opening_is_moment(const char *text);
// Whether --at takes it: that, or one of its words.
bool opening_is_at(const char *text);

// In what follows `given` is where the values of these options begin, in the
// arguments of the command.

// Rescues the trace at `path`, and sets what else the options say; where they
// say no moment, options->at stays.
void opening_begin(const char *path, const char *const *given,
                   struct analyse_options *options);

// The same, and reads it, with progress on a terminal; `usual`: the moment
// where none is said. What is wrong is said on standard error: NULL with the
// exit code.
struct answer *opening_answer(const char *path, const char *const *given,
                              enum answer_at usual, int *code);

// The same of several runs of a program, into `runs`: of `count` files, which
// is at most RUNS_MOST. What is compared is looked at at the end, where no
// moment is said. False, and nothing is open, with the exit code.
bool opening_runs(char *const *paths, size_t count, const char *const *given,
                  struct runs *runs, int *code);

// How many runs a side has, by the option --runs; 1 when it was not given.
#define OPENING_RUNS(of)                                                       \
    {                                                                          \
        .name = "runs", .value = "N", .check = opening_is_runs,                \
        .expected = "a number from 1 to 16", .help = of                        \
    }
bool opening_is_runs(const char *text);
size_t opening_run_count(const char *text);

// Reads it with options that are set. NULL with a sentence.
struct answer *opening_read(const char *path,
                            const struct analyse_options *options,
                            struct failure *failure);
// Says on standard error why there is no answer. Returns the exit code.
int opening_refuse(const struct failure *failure);

#endif
