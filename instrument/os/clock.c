// clock.c - which clock there is.
#include "instrument/os/clock.h"

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

bool rp_clock_counts;

void rp_clock_start(void) {
#if defined(__x86_64__)
    enum { POWER_MANAGEMENT = 0x80000007, INVARIANT_TSC = 1 << 8 };
    unsigned a, b, c, d = 0;

    rp_clock_counts = __get_cpuid(POWER_MANAGEMENT, &a, &b, &c, &d) != 0 &&
                      (d & INVARIANT_TSC) != 0;
#elif defined(__aarch64__)
    rp_clock_counts = true;
#else
    rp_clock_counts = false;
#endif
}

static uint64_t clock_read(clockid_t clock) {
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t rp_clock_monotonic(void) {
    return clock_read(CLOCK_MONOTONIC);
}
uint64_t rp_clock_wall(void) {
    return clock_read(CLOCK_REALTIME);
}
