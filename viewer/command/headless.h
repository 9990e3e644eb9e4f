// headless.h - what report, view and dump do alike: the moment, the plain
// report, the exit code and the sentences on standard error.
#ifndef RPSCOPE_COMMAND_HEADLESS_H
#define RPSCOPE_COMMAND_HEADLESS_H

#include <stdbool.h>

#include "viewer/answer/analyse.h"
#include "viewer/base/fail.h"
#include "viewer/output/report.h"
#include "viewer/ui/app.h"
#include "viewer/ui/view/views.h"

// Whether `text` is a time: 12.4s, 300ms, 5us, 2min; or snapshot-N.
bool headless_is_time(const char *text);

// The option --at.
#define HEADLESS_AT                                                            \
    {                                                                          \
        .name = "at", .value = "WHEN", .accepted = "end|peak|peak-used",       \
        .check = headless_is_time,                                             \
        .expected = "a time such as 12.4s or 300ms or snapshot-N",             \
        .help = "the moment: end, peak (held), peak-used, 12.4s, snapshot-2"   \
    }

// The option --top; of: what it counts.
#define HEADLESS_TOP(of)                                                       \
    {                                                                          \
        .name = "top", .value = "N", .check = headless_is_count,               \
        .expected = "a number from 1 up", .help = of                           \
    }
bool headless_is_count(const char *text);
// Its value; 0 when it was not given. `text` was checked before.
size_t headless_top(const char *text);

// The option --no-rescue.
#define HEADLESS_NO_RESCUE                                                     \
    {                                                                          \
        .name = "no-rescue",                                                   \
        .help = "add nothing to a trace whose recorder was killed"             \
    }

// The option --no-names.
#define HEADLESS_NO_NAMES                                                      \
    {                                                                          \
        .name = "no-names",                                                    \
        .help = "addresses in place of functions and lines; opens only FILE"   \
    }

// The option --screen.
#define HEADLESS_SCREEN                                                        \
    {                                                                          \
        .name = "screen", .value = "NAME", .accepted = VIEWS_NAMES,            \
        .help = "begin with " VIEWS_TEXT                                       \
    }

// Sets the moment from --at; NULL is the end. `text` was checked before.
void headless_at(const char *text, struct analyse_options *options);

// What the screens want to show, and the moment of --at as they know it.
void headless_wanted(const struct app *app, struct analyse_options *options);
struct shown_moment headless_shown(const struct analyse_options *options);

// Reads the trace, with progress on a terminal. NULL with a sentence.
struct answer *headless_read(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure);

// How a trace is opened that is named on a command line.
struct headless_wish {
    const char *at; // --at, or NULL
    bool no_names, no_rescue;
};

// Rescues and reads it; what is wrong is said. NULL with the exit code.
struct answer *headless_open(const char *path, const struct headless_wish *wish,
                             int *code);

// Ends what was written to standard output. Returns the exit code.
int headless_written(const struct answer *answer);

// Reads the trace and prints its report. Returns the exit code.
int headless_report(const char *path, const struct analyse_options *options,
                    const struct report_options *report, bool json);

// Says on standard error why there is no answer. Returns the exit code.
int headless_refuse(const struct failure *failure);

// Prints the report of an answer. Returns the exit code.
int headless_print(struct answer *answer, const struct report_options *report,
                   bool json);

// Says on standard error what is not whole. Returns the exit code.
int headless_exit(const struct answer *answer);

#endif
