// moments.c - what any moment of a recording costs, in processor time.
//
//     moments TRACE [COUNT [WAYS]]
//
// Reads the trace with keyframes in memory ("memory"), with an index beside it
// that is made anew ("made"), with one that is there ("opened"), and without:
// in those of the WAYS that are named, or in all; and asks for COUNT random
// events (50) each time, the same ones, but no more than 5 of the last, which
// reads from the start for each. The first answer is that of the end.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "viewer/answer/analyse.h"

enum { COUNT = 50, MOST = 10000, SLOW = 5 };

static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *left, const void *right) {
    const double *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static uint64_t next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 16;
}

// Prints how long reading took, and each of `count` moments.
static void measure(const char *path, const char *how, bool keyframes,
                    enum analyse_index index, int count) {
    struct failure failure;
    uint64_t memory = 0, random = 1;
    static double took[MOST];
    struct analyse_options options = {.revisits = keyframes,
                                      .index = index,
                                      .no_names = true,
                                      .memory = &memory};
    double before = cpu_ms();
    struct analysis *analysis = analysis_open(path, &options, &failure);
    double read = cpu_ms() - before;
    if (!analysis) {
        fprintf(stderr, "moments: %s\n", failure.text);
        exit(2);
    }
    uint64_t events = analysis->whole.heap.events;
    before = cpu_ms();
    answer_free(analyse_moment(analysis, &options, &failure));
    double first = cpu_ms() - before;
    for (int i = 0; i < count; i++) {
        options.at = AT_EVENT;
        options.at_event = next_random(&random) % events;
        before = cpu_ms();
        answer_free(analyse_moment(analysis, &options, &failure));
        took[i] = cpu_ms() - before;
    }
    qsort(took, (size_t)count, sizeof *took, compare);
    printf("%s: %" PRIu64 " events read in %.0f ms, the first answer after "
           "%.1f ms more; %zu keyframes of %" PRIu64 " KiB in all; memory "
           "%" PRIu64 " MiB\n",
           how, events, read, first, analysis->keyframes.count,
           analysis->keyframes.store.size >> 10, memory >> 20);
    printf("  a moment: median %.1f ms, 95 %% %.1f ms, worst %.1f ms of %d\n",
           took[count / 2], took[(count - 1) * 95 / 100], took[count - 1],
           count);
    analysis_close(analysis);
}

// Whether this way is among those that were asked for.
static bool wanted(const char *ways, const char *way) {
    return !ways || strstr(ways, way);
}

int main(int argument_count, char **arguments) {
    int count = argument_count > 2 ? atoi(arguments[2]) : COUNT;
    if (argument_count < 2 || count < 1 || count > MOST) {
        fprintf(stderr, "usage: moments TRACE [COUNT [WAYS]]\n");
        return 2;
    }
    const char *path = arguments[1];
    const char *ways = argument_count > 3 ? arguments[3] : NULL;
    char index[4096];
    snprintf(index, sizeof index, "%s.index", path);
    if (wanted(ways, "memory"))
        measure(path, "memory", true, INDEX_NEVER, count);
    if (wanted(ways, "made")) {
        unlink(index);
        measure(path, "made", true, INDEX_ALWAYS, count);
    }
    if (wanted(ways, "opened"))
        measure(path, "opened", true, INDEX_ALWAYS, count);
    if (wanted(ways, "without"))
        measure(path, "without", false, INDEX_NEVER,
                count < SLOW ? count : SLOW);
    return 0;
}
