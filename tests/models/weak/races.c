// races.c - see races.h.
#include "tests/models/weak/races.h"

#include <stdio.h>
#include <stdlib.h>

enum { CELLS = 1 << 14, KINDS = WEAK_ATOMIC_WRITE + 1 };

// One byte, and when each thread last came to it in which way.
struct cell {
    uintptr_t address;
    uint32_t execution; // when it was last in use
    uint32_t at[KINDS][WEAK_ALL];
};

static struct cell cells[CELLS];
static struct weak_clock clocks[WEAK_ALL];
static uint32_t execution = 1;

void weak_races_begin(void) {
    execution++;
    for (unsigned t = 0; t < WEAK_ALL; t++) {
        clocks[t] = (struct weak_clock){{0}};
        clocks[t].at[t] = 1;
    }
}

struct weak_clock *weak_clock_of(unsigned thread) {
    return &clocks[thread];
}

void weak_clock_step(unsigned thread) {
    clocks[thread].at[thread]++;
}

void weak_clock_join(struct weak_clock *clock, const struct weak_clock *other) {
    for (unsigned t = 0; t < WEAK_ALL; t++)
        if (clock->at[t] < other->at[t])
            clock->at[t] = other->at[t];
}

static struct cell *cell_of(uintptr_t address) {
    uintptr_t hash = address * UINT64_C(0x9e3779b97f4a7c15) >> 40;
    for (unsigned i = 0; i < CELLS; i++) {
        struct cell *cell = &cells[(hash + i) % CELLS];
        if (cell->execution != execution)
            *cell = (struct cell){.address = address, .execution = execution};
        if (cell->address == address)
            return cell;
    }
    fprintf(stderr, "weak: more than %d bytes are used\n", CELLS);
    abort();
}

// Which kinds of another thread an access must be ordered with.
static const unsigned char conflicts[KINDS] = {
    [WEAK_READ] = 1 << WEAK_WRITE | 1 << WEAK_ATOMIC_WRITE,
    [WEAK_WRITE] = 1 << WEAK_READ | 1 << WEAK_WRITE | 1 << WEAK_ATOMIC_READ |
                   1 << WEAK_ATOMIC_WRITE,
    [WEAK_ATOMIC_READ] = 1 << WEAK_WRITE,
    [WEAK_ATOMIC_WRITE] = 1 << WEAK_READ | 1 << WEAK_WRITE,
};

void weak_access(unsigned thread, const void *address, unsigned bytes,
                 enum weak_access access) {
    static const char *const names[KINDS] = {"read", "write", "atomic read",
                                             "atomic write"};
    const struct weak_clock *clock = &clocks[thread];
    for (unsigned i = 0; i < bytes; i++) {
        struct cell *cell = cell_of((uintptr_t)address + i);
        for (unsigned kind = 0; kind < KINDS; kind++) {
            for (unsigned t = 0; t < WEAK_ALL; t++) {
                if ((conflicts[access] >> kind & 1) == 0 ||
                    cell->at[kind][t] <= clock->at[t])
                    continue;
                static char text[128];
                snprintf(text, sizeof text,
                         "data race: %s by thread %u, %s by thread %u",
                         names[kind], t, names[access], thread);
                weak_fail(text);
            }
        }
        cell->at[access][thread] = clock->at[thread];
    }
}
