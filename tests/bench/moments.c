// moments.c - what any moment of a recording costs, in processor time.
//
//     moments TRACE [COUNT]
//
// Reads the trace with keyframes and without, and asks for COUNT random events
// (50); the same ones of both, but no more than 5 of the second, which reads
// from the start for each.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

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
static void measure(const char *path, bool keyframes, int count) {
    struct failure failure;
    uint64_t memory = 0, random = 1;
    static double took[MOST];
    struct analyse_options options = {.revisits = keyframes, .memory = &memory};
    double before = cpu_ms();
    struct analysis *analysis = analysis_open(path, &options, &failure);
    double read = cpu_ms() - before;
    if (!analysis) {
        fprintf(stderr, "moments: %s\n", failure.text);
        exit(2);
    }
    uint64_t events = analysis->whole.heap.events;
    for (int i = 0; i < count; i++) {
        options.at = AT_EVENT;
        options.at_event = next_random(&random) % events;
        before = cpu_ms();
        answer_free(analyse_moment(analysis, &options, &failure));
        took[i] = cpu_ms() - before;
    }
    qsort(took, (size_t)count, sizeof *took, compare);
    printf("%s: %" PRIu64 " events read in %.0f ms; %zu keyframes of "
           "%" PRIu64 " KiB in all; memory %" PRIu64 " MiB\n",
           keyframes ? "with keyframes" : "without", events, read,
           analysis->keyframes.count, analysis->keyframes.bytes >> 10,
           memory >> 20);
    printf("  a moment: median %.1f ms, 95 %% %.1f ms, worst %.1f ms of %d\n",
           took[count / 2], took[(count - 1) * 95 / 100], took[count - 1],
           count);
    analysis_close(analysis);
}

int main(int argument_count, char **arguments) {
    int count = argument_count > 2 ? atoi(arguments[2]) : COUNT;
    if (argument_count < 2 || count < 1 || count > MOST) {
        fprintf(stderr, "usage: moments TRACE [COUNT]\n");
        return 2;
    }
    measure(arguments[1], true, count);
    measure(arguments[1], false, count < SLOW ? count : SLOW);
    return 0;
}
