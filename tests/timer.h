// timer.h - a signal that comes again and again, and leaves time for what it
// interrupts.
//
// A timer that fires every 200 us is, on a slow machine, always faster than its
// handler: one signal waits when the other has been dealt with, and what they
// interrupt never moves. So each fires once, and the handler, as the last thing
// it does, sets it again: after twice the time when the program has not moved
// since the last one, whatever that was spent on, and after less when it has.
#ifndef TESTS_TIMER_H
#define TESTS_TIMER_H

#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMER_ENOUGH = 400 }; // steps from one signal to the next

static volatile long timer_least_us, timer_us; // 0: stopped
static volatile unsigned timer_moves;
static volatile unsigned timer_seen;

static inline void timer_set(long us) {
    struct itimerval once = {{0, 0}, {us / 1000000, us % 1000000}};

    timer_us = us;
    setitimer(ITIMER_REAL, &once, NULL);
}

// From now on SIGALRM comes. What it interrupts calls timer_moved now and then.
static inline void timer_start(long us) {
    timer_least_us = us;
    timer_set(us);
}

// For the handler, at its end.
static inline void timer_again(void) {
    long us =
        timer_moves == timer_seen ? timer_us * 2 : timer_us - timer_us / 4;

    timer_seen = timer_moves;
    if (timer_us != 0)
        timer_set(us < timer_least_us ? timer_least_us : us);
}

// The program has moved. It waits when it has for long, as each step may leave
// something behind that somebody has to read.
static inline void timer_moved(void) {
    if (++timer_moves - timer_seen > TIMER_ENOUGH)
        usleep(50);
}

static inline void timer_stop(void) {
    timer_us = 0; // for a handler that comes just now
    timer_set(0);
}

#endif
