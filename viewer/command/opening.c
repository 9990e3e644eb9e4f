// opening.c - how a trace is opened that stands on a command line.
#include "viewer/command/opening.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/progress.h"
#include "viewer/base/quantity.h"
#include "viewer/record/rescue.h"

static bool read_snapshot(const char *text, uint64_t *number) {
    static const char word[] = "snapshot-";
    return strncmp(text, word, sizeof word - 1) == 0 &&
           options_number(text + sizeof word - 1, 1, UINT32_MAX, number);
}

bool opening_is_time(const char *text) {
    uint64_t value;
    return quantity_ns(text, &value) || read_snapshot(text, &value);
}

// NULL is the end. The text was checked before.
static void read_at(const char *text, struct analyse_options *options) {
    options->at = AT_END;
    if (!text || strcmp(text, "end") == 0)
        return;
    if (strcmp(text, "peak") == 0)
        options->at = AT_PEAK_HELD;
    else if (strcmp(text, "peak-used") == 0)
        options->at = AT_PEAK_USED;
    else if (quantity_ns(text, &options->at_ns) ||
             read_snapshot(text, &options->snapshot))
        options->at = AT_TIME;
}

void opening_begin(const char *path, const char *const *given,
                   struct analyse_options *options) {
    read_at(given[OPENING_AT], options);
    options->no_names = given[OPENING_NO_NAMES] != NULL;
    options->skip = given[OPENING_SKIP];
    options->rules_path = given[OPENING_RULES];
    options->wrappers = given[OPENING_WRAPPERS] != NULL;
    options->index = given[OPENING_NO_INDEX] ? INDEX_NEVER : INDEX_WHEN_LARGE;
    if (!given[OPENING_NO_RESCUE])
        record_rescue(path);
}

static bool show_progress(void *context, double done) {
    (void)context;
    progress_show(done);
    return true; // go on
}

static void say(void *context, const char *sentence) {
    (void)context;
    fprintf(stderr, "rpscope: %s\n", sentence);
}

struct answer *opening_read(const char *path,
                            const struct analyse_options *options,
                            struct failure *failure) {
    struct analyse_options with_progress = *options;
    with_progress.progress = show_progress;
    with_progress.say = say;
    progress_start("reading the trace");
    struct answer *answer = analyse_trace(path, &with_progress, failure);
    progress_end();
    return answer;
}

struct answer *opening_answer(const char *path, const char *const *given,
                              int *code) {
    struct analyse_options options = {.at = AT_END};
    struct failure failure = {.text = ""};
    opening_begin(path, given, &options);
    struct answer *answer = opening_read(path, &options, &failure);
    if (!answer)
        *code = opening_refuse(&failure);
    return answer;
}

bool opening_runs(char *const *paths, size_t count, const char *const *given,
                  struct runs *runs, int *code) {
    runs->count = 0;
    while (runs->count < count) {
        struct answer *answer = opening_answer(paths[runs->count], given, code);
        if (!answer) {
            runs_free(runs);
            return false;
        }
        runs->list[runs->count++] = answer;
    }
    return true;
}

static bool read_runs(const char *text, uint64_t *count) {
    return options_number(text, 1, RUNS_MOST, count);
}

bool opening_is_runs(const char *text) {
    uint64_t count;
    return read_runs(text, &count);
}

size_t opening_run_count(const char *text) {
    uint64_t count = 1;
    if (text)
        read_runs(text, &count);
    return (size_t)count;
}

int opening_refuse(const struct failure *failure) {
    fprintf(stderr, "rpscope: %s\n", failure->text);
    return failure->asked ? EXIT_USAGE : EXIT_UNREADABLE;
}
