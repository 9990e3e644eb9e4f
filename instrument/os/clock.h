// clock.h - the time stamp of an event: the counter of the processor.
//
// A plain read may be carried out a little early: loads that stand before it
// can still be under way. That is harmless for an event that hands memory on,
// whose stores come after the stamp anyway. An event by which a thread takes
// over memory that another one has touched needs the ordered read, or it could
// be stamped before the event it follows from.
//
// Where the counter does not run at a constant rate, clock_gettime stands in.
//
// A coarse clock is a word in memory that program and drainer share. Most
// events read it, which costs a load; whoever drains, and an event that is
// seldom, bring it up to the true time. An event by which a thread takes over
// memory moves it on by more than a step of the trace, so time stands still
// between two such moments, but never runs against cause and effect (a logical
// clock: Lamport 1978).
//
// Invariant: who reads the word after another has read or moved it reads no
//            less; who moves it gets more than anybody had read before.
// Progress:  reading and moving it are wait-free where the processor adds in
//            one instruction; bringing it up to date is lock-free.
// ABA:       it only grows.
#ifndef RP_INSTRUMENT_OS_CLOCK_H
#define RP_INSTRUMENT_OS_CLOCK_H

#include "core/base/atomic.h"
#include "core/base/bits.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

// Set by rp_clock_start; until then a slow clock is used, so nothing may be
// stamped before. Whether each event reads the counter.
extern bool rp_clock_counts __attribute__((visibility("hidden")));
// The word of the coarse clock; NULL: each event is stamped with its own time.
extern _Atomic uint64_t *rp_clock_word;

// So far the coarse clock is moved on by a take-over, whose own time is the
// middle: at least eight steps of the trace, which are made so small. So
// rounding puts none of them beside what was before or comes after; and so
// little that they do not run ahead of the true time.
enum { RP_CLOCK_LEAP = 32 };

// Looks whether the counter can be used, and puts a coarse clock away.
void rp_clock_start(void);
// From now on `word`, which is set, is this program's clock. After
// rp_clock_start, before there is a second thread that stamps.
void rp_clock_coarsen(_Atomic uint64_t *word);

// The time of whichever clock is not coarse, in its ticks.
uint64_t rp_clock_true(void);
// Brings a coarse clock up to the true time and moves it on. Returns a time
// that is no earlier than any that was read before, and earlier than any that
// is read from now on. A word that somebody has spoilt is not believed, and is
// left as it is.
uint64_t rp_clock_advance(_Atomic uint64_t *word);
// The same with this program's clock, if that is a coarse one.
static inline void rp_clock_refresh(void) {
    if (RP_UNLIKELY(rp_clock_word != NULL))
        rp_clock_advance(rp_clock_word);
}
// What stands for the counter where it is not read.
uint64_t rp_clock_slow(void);
uint64_t rp_clock_slow_ordered(void);

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
    return RP_LIKELY(rp_clock_counts) ? clock_counter() : rp_clock_slow();
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
    return RP_LIKELY(rp_clock_counts) ? clock_counter()
                                      : rp_clock_slow_ordered();
}

#endif
