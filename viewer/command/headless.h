// headless.h - what report, view and dump do alike: the moment, the plain
// report, the exit code and the sentences on standard error.
#ifndef RPSCOPE_COMMAND_HEADLESS_H
#define RPSCOPE_COMMAND_HEADLESS_H

#include <stdbool.h>

#include "viewer/answer/analyse.h"
#include "viewer/output/report.h"

// The words that --at takes beside a time.
#define HEADLESS_AT "end|peak|peak-used"
#define HEADLESS_AT_TIME "a time such as 12.4s or 300ms or snapshot-N"

// Whether `text` is a time: 12.4s, 300ms, 5us, 2min; or snapshot-N.
bool headless_is_time(const char *text);

// Sets the moment from --at; NULL is the end. `text` was checked before.
void headless_at(const char *text, struct analyse_options *options);

// Reads the trace and prints its report. Returns the exit code.
int headless_report(const char *path, const struct analyse_options *options,
                    const struct report_options *report, bool json);

// Prints the report of an answer. Returns the exit code.
int headless_print(struct answer *answer, const struct report_options *report,
                   bool json);

// Says on standard error what is not whole. Returns the exit code.
int headless_exit(const struct answer *answer);

#endif
