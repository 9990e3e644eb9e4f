// progress.c - how far a long piece of work is, on stderr.
#include "viewer/base/progress.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_NS = 500000000, // until the first line
    NEXT_NS = 200000000,  // between two
};

static int64_t next_ns; // of the next line; INT64_MAX: there is none
static bool shown;
static const char *doing;

static int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void progress_start(const char *what) {
    doing = what;
    next_ns = isatty(STDERR_FILENO) ? now_ns() + FIRST_NS : INT64_MAX;
}

void progress_show(double done) {
    int64_t now = now_ns();
    if (now < next_ns)
        return;
    fprintf(stderr, "\rrpscope: %s, %.0f %%", doing, done * 100);
    shown = true;
    next_ns = now + NEXT_NS;
}

void progress_end(void) {
    if (shown)
        fputs("\r\033[K", stderr);
    shown = false;
}
