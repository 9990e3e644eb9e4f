// progress.c - how far a long analysis is, on stderr.
#include "viewer/base/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_NS = 500000000, // until the first line
    NEXT_NS = 200000000,  // between two
};

static int64_t next_ns;
static bool shown;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool show(void *context, double done) {
    (void)context;
    int64_t now = now_ns();
    if (now >= next_ns) {
        fprintf(stderr, "\rrpscope: reading the trace, %.0f %%", done * 100);
        shown = true;
        next_ns = now + NEXT_NS;
    }
    return true;
}

void progress_start(struct analyse_options *options) {
    if (!isatty(STDERR_FILENO))
        return;
    next_ns = now_ns() + FIRST_NS;
    options->progress = show;
}

void progress_end(void) {
    if (shown)
        fputs("\r\033[K", stderr);
    shown = false;
}
