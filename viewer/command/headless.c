// headless.c - what report, view and dump do alike.
#include "viewer/command/headless.h"
#include "viewer/base/options.h"
#include "viewer/base/progress.h"
#include "viewer/base/quantity.h"
#include "viewer/record/rescue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool headless_snapshot(const char *text, uint64_t *number) {
    static const char word[] = "snapshot-";
    return strncmp(text, word, sizeof word - 1) == 0 &&
           options_number(text + sizeof word - 1, 1, UINT32_MAX, number);
}

bool headless_is_time(const char *text) {
    uint64_t value;
    return quantity_ns(text, &value) || headless_snapshot(text, &value);
}

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

void headless_at(const char *text, struct analyse_options *options) {
    options->at = AT_END;
    if (!text || strcmp(text, "end") == 0)
        return;
    if (strcmp(text, "peak") == 0)
        options->at = AT_PEAK_HELD;
    else if (strcmp(text, "peak-used") == 0)
        options->at = AT_PEAK_USED;
    else if (quantity_ns(text, &options->at_ns) ||
             headless_snapshot(text, &options->snapshot))
        options->at = AT_TIME;
}

void headless_wanted(const struct app *app, struct analyse_options *options) {
    options->at = app->wanted.at;
    options->at_ns = app->wanted.ns;
    options->at_event = app->wanted.event;
    options->snapshot = 0;
    options->from_ns = app->shown.from_ns;
    options->to_ns = app->shown.to_ns;
}

struct shown_moment headless_shown(const struct analyse_options *options) {
    return (struct shown_moment){options->at, options->at_ns,
                                 options->at_event};
}

int headless_exit(const struct answer *answer) {
    const struct answer_quality *q = &answer->quality;
    int code = answer_exit_code(answer);
    for (size_t i = 0; code != EXIT_ALL_WELL && i < q->sentence_count; i++)
        fprintf(stderr, "rpscope: %s\n", q->sentences[i]);
    return code;
}

int headless_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope: %s\n", failure->text);
    return failure->asked ? EXIT_USAGE : EXIT_UNREADABLE;
}

int headless_print(struct answer *answer, const struct report_options *report,
                   bool json) {
    if (json)
        report_json(answer, report, stdout);
    else
        report_text(answer, report, stdout);
    return headless_written(answer);
}

int headless_written(const struct answer *answer) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("rpscope: cannot write the answer");
        return EXIT_USAGE;
    }
    return headless_exit(answer);
}

static bool headless_progress(void *context, double done) {
    (void)context;
    progress_show(done);
    return true; // go on
}

struct answer *headless_read(const char *path,
                             const struct analyse_options *options,
                             struct failure *failure) {
    struct analyse_options with_progress = *options;
    with_progress.progress = headless_progress;
    progress_start();
    struct answer *answer = analyse_trace(path, &with_progress, failure);
    progress_end();
    return answer;
}

struct answer *headless_open(const char *path, const struct headless_wish *wish,
                             int *code) {
    struct analyse_options options = {.no_names = wish->no_names};
    struct failure failure = {.text = ""};
    headless_at(wish->at, &options);
    if (!wish->no_rescue)
        record_rescue(path);
    struct answer *answer = headless_read(path, &options, &failure);
    if (!answer)
        *code = headless_refuse(&failure);
    return answer;
}

int headless_report(const char *path, const struct analyse_options *options,
                    const struct report_options *report, bool json) {
    struct failure failure = {.text = ""};
    struct answer *answer = headless_read(path, options, &failure);
    if (!answer)
        return headless_refuse(&failure);
    int code = headless_print(answer, report, json);
    answer_free(answer);
    return code;
}
