// clock.c - which clock there is.
#include "instrument/os/clock.h"

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

// So far a word may be ahead of the true time.
static const int64_t LEAD = INT64_C(1) << 34;

bool rp_clock_counts;
_Atomic uint64_t *rp_clock_word;

static bool counter_is_steady;

void rp_clock_start(void) {
#if defined(__x86_64__)
    enum { POWER_MANAGEMENT = 0x80000007, INVARIANT_TSC = 1 << 8 };
    unsigned a, b, c, d = 0;

    counter_is_steady = __get_cpuid(POWER_MANAGEMENT, &a, &b, &c, &d) != 0 &&
                        (d & INVARIANT_TSC) != 0;
#elif defined(__aarch64__)
    counter_is_steady = true;
#endif
    rp_clock_counts = counter_is_steady;
    rp_clock_word = NULL;
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

// ---- the coarse clock ----

uint64_t rp_clock_true(void) {
    return counter_is_steady ? clock_counter() : rp_clock_monotonic();
}

void rp_clock_coarsen(_Atomic uint64_t *word) {
    rp_clock_word = word;
    rp_clock_counts = false;
}

// Relaxed, all that follow: what counts is the order of one word's values, in
// which a later one is seen by whoever comes after in any other order.
uint64_t rp_clock_advance(_Atomic uint64_t *word) {
    uint64_t now = rp_clock_true();
    uint64_t seen = load_relaxed(word); // relaxed: as above

    if ((int64_t)(seen - now) > LEAD)
        return now;
    while ((int64_t)(now - seen) > 0 &&
           !cas_relaxed(word, &seen, now)) // relaxed: as above
        continue;
    return add_relaxed(word, RP_CLOCK_LEAP); // relaxed: as above
}

uint64_t rp_clock_slow(void) {
    return rp_clock_word != NULL ? load_relaxed(rp_clock_word) // relaxed: above
                                 : rp_clock_monotonic();
}

uint64_t rp_clock_slow_ordered(void) {
    if (rp_clock_word == NULL)
        return rp_clock_monotonic();
    // relaxed: above
    return add_relaxed(rp_clock_word, RP_CLOCK_LEAP) + RP_CLOCK_LEAP / 2;
}
