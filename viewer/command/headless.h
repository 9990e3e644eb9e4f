// headless.h - what commands without screens do alike: the plain report, the
// exit code and the sentences on standard error.
#ifndef RPSCOPE_COMMAND_HEADLESS_H
#define RPSCOPE_COMMAND_HEADLESS_H

#include <stdbool.h>

#include "viewer/answer/analyse.h"
#include "viewer/base/options.h"
#include "viewer/output/report_format.h"
#include "viewer/ui/app.h"
#include "viewer/ui/view/views.h"

// The option --top; of: what it counts.
#define HEADLESS_TOP(of)                                                       \
    {                                                                          \
        .name = "top", .value = "N", .check = headless_is_count,               \
        .expected = "a number from 1 up", .help = of                           \
    }
bool headless_is_count(const char *text);
// Its value; 0 when it was not given. `text` was checked before.
size_t headless_top(const char *text);

// The option --screen.
#define HEADLESS_SCREEN                                                        \
    {                                                                          \
        .name = "screen", .value = "NAME", .accepted = VIEWS_NAMES,            \
        .help = "begin with " VIEWS_TEXT                                       \
    }

// What the screens want to show, and the moment of --at as they know it.
void headless_wanted(const struct app *app, struct analyse_options *options);
struct shown_moment headless_shown(const struct analyse_options *options);

// Ends what was written to standard output: EXIT_USAGE, and a sentence, when it
// could not be.
int headless_ended(void);
// The same; returns the exit code of the answer.
int headless_written(const struct answer *answer);

// Reads the trace and prints its report. Returns the exit code.
int headless_report(const char *path, const struct analyse_options *options,
                    const struct report_options *report,
                    enum report_format format);

// Prints the report of an answer. Returns the exit code.
int headless_print(struct answer *answer, const struct report_options *report,
                   enum report_format format);

// Says on standard error what is not whole. Returns the exit code.
int headless_exit(const struct answer *answer);

#endif
