// clock.h - the time stamp of an event: the counter of the processor.
//
// A plain read may be carried out a little early: loads that stand before it
// can still be under way. That is harmless for an event that hands memory on,
// whose stores come after the stamp anyway. An event by which a thread takes
// over memory that another one has touched needs the ordered read, or it could
// be stamped before the event it follows from.
//
// Where the counter does not run at a constant rate, clock_gettime stands in.
#ifndef RP_INSTRUMENT_OS_CLOCK_H
#define RP_INSTRUMENT_OS_CLOCK_H

#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Set by rp_clock_start; until then the slow clock is used, so nothing may be
// stamped before.
extern bool rp_clock_counts;

// Looks whether the counter can be used. Calling it again changes nothing.
void rp_clock_start(void);

// Nanoseconds of CLOCK_MONOTONIC, and of the wall clock since 1970.
uint64_t rp_clock_monotonic(void);
uint64_t rp_clock_wall(void);

static inline uint64_t clock_counter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t value;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
    return value;
#else
    return rp_clock_monotonic();
#endif
}

// Waits until every load before it is done.
static inline void clock_order(void) {
#if defined(__x86_64__)
    __builtin_ia32_lfence();
#elif defined(__aarch64__)
    __asm__ volatile("isb" : : : "memory");
#endif
}

// In ticks of whichever clock is used.
static inline uint64_t rp_clock_now(void) {
    return RP_LIKELY(rp_clock_counts) ? clock_counter() : rp_clock_monotonic();
}

// Where the counter is used: puts it there, which takes two stores.
static inline void rp_clock_stamp(uint64_t *ticks) {
#if defined(__x86_64__)
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    memcpy(ticks, &low, sizeof low);
    memcpy((char *)ticks + sizeof low, &high, sizeof high);
#else
    *ticks = clock_counter();
#endif
}

static inline uint64_t rp_clock_now_ordered(void) {
    clock_order();
    return rp_clock_now();
}

#endif
