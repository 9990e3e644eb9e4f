// headless.c - what commands without screens do alike.
#include "viewer/command/headless.h"

#include <stdio.h>

#include "viewer/command/opening.h"

static bool headless_count(const char *text, uint64_t *count) {
    return options_number(text, 1, 1000000, count);
}

bool headless_is_count(const char *text) {
    uint64_t count;
    return headless_count(text, &count);
}

size_t headless_top(const char *text) {
    uint64_t count = 0;
    return text && headless_count(text, &count) ? (size_t)count : 0;
}

void headless_wanted(const struct app *app, struct analyse_options *options) {
    if (app->wanted.at != AT_MARK) { // else it is that of --at still
        options->at = app->wanted.at;
        options->at_ns = app->wanted.ns;
        options->at_event = app->wanted.event;
        options->snapshot = 0;
    }
    options->wrappers = app->shown.wrappers;
    options->from_ns = app->shown.from_ns;
    options->to_ns = app->shown.to_ns;
    options->has_since = app->shown.has_since;
    options->since_ns = app->shown.since_ns;
    options->filter = app->shown.filter;
    options->history = app->shown.history;
}

struct shown_moment headless_shown(const struct analyse_options *options) {
    // A snapshot is found by its name, as a mark is, and then it is an event.
    return (struct shown_moment){options->snapshot ? AT_MARK : options->at,
                                 options->at_ns, options->at_event};
}

int headless_exit(const struct answer *answer) {
    const struct answer_quality *q = &answer->quality;
    int code = answer_exit_code(answer);
    for (size_t i = 0; code != EXIT_ALL_WELL && i < q->sentence_count; i++)
        fprintf(stderr, "rpscope: %s\n", q->sentences[i]);
    return code;
}

int headless_print(struct answer *answer, const struct report_options *report,
                   enum report_format format) {
    report_write(answer, report, format, stdout);
    return headless_written(answer);
}

int headless_ended(void) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_ALL_WELL;
    perror("rpscope: cannot write the answer");
    return EXIT_USAGE;
}

int headless_written(const struct answer *answer) {
    int code = headless_ended();
    return code == EXIT_ALL_WELL ? headless_exit(answer) : code;
}

int headless_report(const char *path, const struct analyse_options *options,
                    const struct report_options *report,
                    enum report_format format) {
    struct failure failure = {.text = ""};
    struct answer *answer = opening_read(path, options, &failure);
    if (!answer)
        return opening_refuse(&failure);
    int code = headless_print(answer, report, format);
    answer_free(answer);
    return code;
}
