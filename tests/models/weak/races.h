// races.h - which accesses come before which, and plain ones that do not.
//
// Vector clocks, after FastTrack (Flanagan, Freund, PLDI 2009), here one for
// each byte and thread.
#ifndef WEAK_RACES_H
#define WEAK_RACES_H

#include <stdint.h>

#include "tests/models/weak/program.h"

enum { WEAK_ALL = WEAK_THREADS + 1 }; // and what is before and after them

struct weak_clock {
    uint32_t at[WEAK_ALL];
};

enum weak_access { WEAK_READ, WEAK_WRITE, WEAK_ATOMIC_READ, WEAK_ATOMIC_WRITE };

void weak_races_begin(void);
// Fails when the access is not ordered with one that it must be ordered with.
void weak_access(unsigned thread, const void *address, unsigned bytes,
                 enum weak_access access);

// What a thread knows of all threads; it may be joined to.
struct weak_clock *weak_clock_of(unsigned thread);
// Another step of the thread begins.
void weak_clock_step(unsigned thread);
void weak_clock_join(struct weak_clock *clock, const struct weak_clock *other);

#endif
