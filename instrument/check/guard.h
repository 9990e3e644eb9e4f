// guard.h - the bytes around a block, and those of one that was freed.
//
//   | front: 16 bytes or more | the program's | rear: at least 16 bytes ... |
//
// The rear begins with the byte behind the last that was asked for. A block is
// filled when it is made, so that what was never written shows, and when it is
// freed. Bytes that differ later were written by somebody who may not.
#ifndef RP_INSTRUMENT_CHECK_GUARD_H
#define RP_INSTRUMENT_CHECK_GUARD_H

#include "core/base/atomic.h"
#include "core/base/bits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    RP_GUARD_LEAST = 16, // on either side
    RP_GUARD_AROUND = 2 * RP_GUARD_LEAST,
    RP_GUARD_MOST = 128, // that are looked at behind a block
    RP_FILL_MOST = 64 << 10,
    // Odd, so that as a pointer or a size they are soon noticed.
    RP_FILL_GUARD = 0xfb,
    RP_FILL_NEW = 0xcb,
    RP_FILL_FREED = 0xdb,
};

// How many bytes of [at, at + bytes) are `fill` from the start on.
size_t rp_guard_intact(const uint8_t *at, size_t bytes, uint8_t fill);
// The last byte of these that is another, plus 1; 0: none.
size_t rp_guard_damage_end(const uint8_t *at, size_t bytes, uint8_t fill);

// Sixteen bytes at a time, in one register.
typedef uint8_t rp_guard_line __attribute__((vector_size(16)));
typedef uint64_t guard_words __attribute__((vector_size(16)));

static inline rp_guard_line rp_guard_line_of(uint8_t fill) {
    return (rp_guard_line){0} + fill;
}
static inline rp_guard_line rp_guard_load(const uint8_t *at) {
    rp_guard_line line;

    memcpy(&line, at, sizeof line);
    return line;
}
// As it stands, and not as a part of a memset.
static inline void rp_guard_store(uint8_t *at, rp_guard_line line) {
    memcpy(at, &line, sizeof line);
    fence_signal();
}
// Whether nothing differs.
static inline bool rp_guard_is_none(rp_guard_line differs) {
    guard_words words = (guard_words)differs;

    return (words[0] | words[1]) == 0;
}

enum { RP_GUARD_SHORT = 256 }; // beyond, the C library is faster

// As many bytes of `fill` as one register of the machine has.
static inline uint64_t guard_word(uint8_t fill) {
    return fill * (UINT64_MAX / UINT8_MAX);
}

// What differs in less than a line: by a word or a half, twice where they are
// more, or byte by byte.
static inline uint64_t guard_differs_few(const uint8_t *at, size_t bytes,
                                         uint8_t fill) {
    uint64_t words[2], differs = 0;
    uint32_t halves[2];

    if (bytes >= sizeof words[0]) {
        memcpy(&words[0], at, sizeof words[0]);
        memcpy(&words[1], at + bytes - sizeof words[1], sizeof words[1]);
        return (words[0] ^ guard_word(fill)) | (words[1] ^ guard_word(fill));
    }
    if (bytes >= sizeof halves[0]) {
        memcpy(&halves[0], at, sizeof halves[0]);
        memcpy(&halves[1], at + bytes - sizeof halves[1], sizeof halves[1]);
        return (halves[0] ^ (uint32_t)guard_word(fill)) |
               (halves[1] ^ (uint32_t)guard_word(fill));
    }
    while (bytes > 0)
        differs |= at[--bytes] ^ fill;
    return differs;
}

static inline void guard_fill_few(uint8_t *at, size_t bytes, uint8_t fill) {
    uint64_t word = guard_word(fill);
    uint32_t half = (uint32_t)word;

    if (bytes >= sizeof word) {
        memcpy(at, &word, sizeof word);
        memcpy(at + bytes - sizeof word, &word, sizeof word);
    } else if (bytes >= sizeof half) {
        memcpy(at, &half, sizeof half);
        memcpy(at + bytes - sizeof half, &half, sizeof half);
    } else {
        while (bytes > 0) {
            at[--bytes] = fill;
            fence_signal(); // as it stands, and not by a memset
        }
    }
}

static inline rp_guard_line guard_differs_at(const uint8_t *low,
                                             const uint8_t *high,
                                             rp_guard_line expected) {
    return (rp_guard_load(low) ^ expected) | (rp_guard_load(high) ^ expected);
}

// What differs from `fill`, laid over each other, so that several looks need
// only one question. From both ends, where the last pieces may overlap. Fast
// path: up to RP_GUARD_SHORT bytes; no call.
static inline rp_guard_line rp_guard_differs(const uint8_t *at, size_t bytes,
                                             uint8_t fill) {
    rp_guard_line expected = rp_guard_line_of(fill), differs;

    if (RP_UNLIKELY(bytes < sizeof expected))
        return (rp_guard_line)(guard_words){guard_differs_few(at, bytes, fill)};
    if (RP_UNLIKELY(bytes > RP_GUARD_SHORT))
        return rp_guard_line_of(rp_guard_intact(at, bytes, fill) != bytes);
    const uint8_t *low = at, *high = at + bytes - sizeof expected;
    differs = guard_differs_at(low, high, expected);
    while ((low += sizeof expected) < high) {
        high -= sizeof expected;
        differs |= guard_differs_at(low, high, expected);
    }
    return differs;
}

static inline bool rp_guard_is_whole(const uint8_t *at, size_t bytes,
                                     uint8_t fill) {
    return rp_guard_is_none(rp_guard_differs(at, bytes, fill));
}

// Makes them so: up to RP_GUARD_SHORT bytes without a call, and any number.
static inline void rp_guard_fill_short(uint8_t *at, size_t bytes,
                                       uint8_t fill) {
    rp_guard_line line = rp_guard_line_of(fill);

    if (RP_UNLIKELY(bytes < sizeof line)) {
        guard_fill_few(at, bytes, fill);
        return;
    }
    uint8_t *low = at, *high = at + bytes - sizeof line;
    do {
        rp_guard_store(low, line);
        rp_guard_store(high, line);
        high -= sizeof line;
    } while ((low += sizeof line) < high + sizeof line);
}
static inline void rp_guard_fill(uint8_t *at, size_t bytes, uint8_t fill) {
    if (RP_LIKELY(bytes <= RP_GUARD_SHORT))
        rp_guard_fill_short(at, bytes, fill);
    else
        memset(at, fill, bytes);
}

#endif
