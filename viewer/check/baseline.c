// baseline.c - the recordings that a check compares with.
#include "viewer/check/baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instrument/format/trace_format.h"
#include "viewer/base/memory.h"

// What cannot be read at all is told when it is opened.
static bool check_file(const char *path, struct failure *failure) {
    struct trace_file_header header = {.version = 0};
    FILE *in = fopen(path, "r");
    if (!in)
        return true;
    size_t size = fread(&header, 1, sizeof header, in);
    fclose(in);
    if (size < sizeof header.magic ||
        memcmp(header.magic, TRACE_MAGIC, sizeof header.magic) != 0)
        return fail(failure,
                    "the baseline \"%s\" is no trace: it is to be a recording "
                    "(.rptrace), and no report of one",
                    path);
    if (size == sizeof header && (header.version < TRACE_OLDEST_VERSION ||
                                  header.version > TRACE_VERSION))
        return fail(failure,
                    "the baseline \"%s\" is of format %u, this rpscope reads "
                    "%u to %u: record it anew",
                    path, header.version, (unsigned)TRACE_OLDEST_VERSION,
                    (unsigned)TRACE_VERSION);
    return true;
}

static bool add(struct baseline *baseline, const char *path, size_t length,
                struct failure *failure) {
    if (baseline->count == RUNS_MOST)
        return fail(failure, "--baseline takes at most %d files", RUNS_MOST);
    char *copy = memory_text(path, length);
    baseline->list[baseline->count++] = copy;
    return check_file(copy, failure);
}

bool baseline_read(const char *text, struct baseline *baseline,
                   struct failure *failure) {
    bool good = true;
    baseline->count = 0;
    if (access(text, F_OK) == 0)
        return add(baseline, text, strlen(text), failure) ||
               (baseline_free(baseline), false);
    for (;; text++) {
        size_t length = strcspn(text, ",");
        good = good && add(baseline, text, length, failure);
        text += length;
        if (!*text)
            break;
    }
    if (!good)
        baseline_free(baseline);
    return good;
}

void baseline_free(struct baseline *baseline) {
    for (size_t i = 0; i < baseline->count; i++)
        free(baseline->list[i]);
    baseline->count = 0;
}
