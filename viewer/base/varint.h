// varint.h - numbers in few bytes, and what differs from a number before: for
// what is written and read here (bytes.h reads them).
#ifndef RPSCOPE_BASE_VARINT_H
#define RPSCOPE_BASE_VARINT_H

#include <stdint.h>

enum { VARINT_MOST = 10 }; // bytes of a number

// Writes the number; where the next one goes.
static inline uint8_t *varint_put(uint8_t *at, uint64_t number) {
    for (; number >= 0x80; number >>= 7)
        *at++ = (uint8_t)(number | 0x80);
    *at++ = (uint8_t)number;
    return at;
}

// A difference, small whichever way it goes; and the way back.
static inline uint64_t varint_from(uint64_t before, uint64_t now) {
    uint64_t difference = now - before;
    return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t varint_after(uint64_t before, uint64_t number) {
    return before + (number >> 1 ^ (0 - (number & 1)));
}

#endif
