// random.h - a small generator, so that a failing test fails again.
#ifndef TESTS_CORE_RANDOM_H
#define TESTS_CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

// state: not 0.
static inline uint64_t random_next(uint64_t *state) {
    uint64_t x = *state;

    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

// 0 .. below - 1. below: not 0.
static inline size_t random_below(uint64_t *state, size_t below) {
    return (size_t)(random_next(state) >> 16) % below;
}

// A size up to about `most`, each power of two as likely as the next, so that
// small, medium, large and huge blocks all come up.
static inline size_t random_size(uint64_t *state, size_t most) {
    unsigned bits = 0;

    while ((most >> bits) > 1)
        ++bits;
    size_t limit = (size_t)1 << random_below(state, bits + 1);
    return random_below(state, 2 * limit <= most ? 2 * limit : most + 1);
}

#endif
