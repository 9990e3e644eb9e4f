// figures.h - what the system counts for the process: resident bytes, page
// faults. For programs whose result is memory, not time.
//
// Each prints lines of a name, a tab and a number.
#ifndef RP_BENCH_FIGURES_H
#define RP_BENCH_FIGURES_H

#include "bench.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FIGURES_MIB = 1 << 20, FIGURES_KIB = 1 << 10 };

// Reads without allocating.
static inline size_t figures_resident(void) {
    char text[128] = {0};
    int file = open("/proc/self/statm", O_RDONLY);
    if (file < 0 || read(file, text, sizeof(text) - 1) <= 0) {
        bench_fail("/proc/self/statm cannot be read");
    }
    close(file);
    char *end;
    strtoul(text, &end, 10);
    return strtoul(end, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static inline size_t figures_faults(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage)) {
        bench_fail("getrusage failed");
    }
    return (size_t)usage.ru_minflt;
}

static inline void figures_say(const char *name, double value) {
    printf("%s\t%.1f\n", name, value);
}

// Resident memory above `start`, in MiB.
static inline double figures_above(size_t start) {
    size_t now = figures_resident();
    return now > start ? (double)(now - start) / FIGURES_MIB : 0;
}

// stdio then allocates nothing while the program runs.
static inline void figures_begin(void) {
    static char output[4096];
    setvbuf(stdout, output, _IOFBF, sizeof(output));
}

#endif
