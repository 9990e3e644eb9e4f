// opening.c - how a trace is opened that stands on a command line.
#include "viewer/command/opening.h"

#include <stdio.h>
#include <string.h>

#include "viewer/base/progress.h"
#include "viewer/base/quantity.h"
#include "viewer/record/rescue.h"

enum { MARK_BYTES = 512 };

static bool read_snapshot(const char *text, uint64_t *number) {
    static const char word[] = "snapshot-";
    return strncmp(text, word, sizeof word - 1) == 0 &&
           options_number(text + sizeof word - 1, 1, UINT32_MAX, number);
}

// "mark TEXT", with or without quotes: the text into `out`.
static bool read_mark(const char *text, char *out, size_t size) {
    static const char word[] = "mark ";
    if (strncmp(text, word, sizeof word - 1) != 0)
        return false;
    text += sizeof word - 1;
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    return length > 0 &&
           snprintf(out, size, "%.*s", (int)length, text) < (int)size;
}

static bool read_event(const char *text, uint64_t *event) {
    static const char word[] = "event:";
    return strncmp(text, word, sizeof word - 1) == 0 &&
           options_number(text + sizeof word - 1, 0, INT64_MAX, event);
}

bool opening_is_moment(const char *text) {
    uint64_t value;
    char mark[MARK_BYTES];
    return quantity_ns(text, &value) || read_snapshot(text, &value) ||
           read_event(text, &value) || read_mark(text, mark, sizeof mark);
}

static const enum answer_at named[] = {AT_END, AT_WORST, AT_PEAK_HELD,
                                       AT_PEAK_USED};

bool opening_is_at(const char *text) {
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(text, answer_at_word(named[i])) == 0)
            return true;
    return opening_is_moment(text);
}

// NULL is the usual moment. The text was checked before.
static void read_at(const char *text, struct analyse_options *options) {
    static char mark[MARK_BYTES]; // of the one command that runs
    if (!text)
        return;
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(text, answer_at_word(named[i])) == 0) {
            options->at = named[i];
            return;
        }
    options->at = AT_TIME;
    if (read_event(text, &options->at_event)) {
        options->at = AT_EVENT;
    } else if (read_mark(text, mark, sizeof mark)) {
        options->at = AT_MARK;
        options->mark = mark;
    } else if (!read_snapshot(text, &options->snapshot)) {
        quantity_ns(text, &options->at_ns);
    }
}

void opening_begin(const char *path, const char *const *given,
                   struct analyse_options *options) {
    read_at(given[OPENING_AT], options);
    options->no_names = given[OPENING_NO_NAMES] != NULL;
    options->skip = given[OPENING_SKIP];
    options->rules_path = given[OPENING_SKIP_RULES];
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
                              enum answer_at usual, int *code) {
    struct analyse_options options = {.at = usual};
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
        struct answer *answer =
            opening_answer(paths[runs->count], given, AT_END, code);
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
