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

static inline rp_guard_line guard_line(uint8_t fill) {
    return (rp_guard_line){0} + fill;
}
static inline rp_guard_line guard_load(const uint8_t *at) {
    rp_guard_line line;

    memcpy(&line, at, sizeof line);
    return line;
}
// Whether nothing differs.
static inline bool rp_guard_is_none(rp_guard_line differs) {
    uint64_t halves[2];

    memcpy(halves, &differs, sizeof differs);
    return (halves[0] | halves[1]) == 0;
}

enum { RP_GUARD_SHORT = 256 }; // beyond, the C library is faster

// What differs from `fill`, laid over each other, so that several looks need
// only one question. The last piece overlaps the one before it. Fast path: from
// 16 to RP_GUARD_SHORT bytes; no call.
static inline rp_guard_line rp_guard_differs(const uint8_t *at, size_t bytes,
                                             uint8_t fill) {
    rp_guard_line expected = guard_line(fill), differs;

    if (RP_UNLIKELY(bytes < sizeof expected || bytes > RP_GUARD_SHORT))
        return guard_line(rp_guard_intact(at, bytes, fill) != bytes);
    differs = guard_load(at + bytes - sizeof expected) ^ expected;
    for (size_t i = 0; i + sizeof expected < bytes; i += sizeof expected)
        differs |= guard_load(at + i) ^ expected;
    return differs;
}

static inline bool rp_guard_is_whole(const uint8_t *at, size_t bytes,
                                     uint8_t fill) {
    return rp_guard_is_none(rp_guard_differs(at, bytes, fill));
}

// Makes them so.
static inline void rp_guard_fill(uint8_t *at, size_t bytes, uint8_t fill) {
    rp_guard_line line = guard_line(fill);

    if (RP_UNLIKELY(bytes < sizeof line || bytes > RP_GUARD_SHORT)) {
        memset(at, fill, bytes);
        return;
    }
    memcpy(at + bytes - sizeof line, &line, sizeof line);
    for (size_t i = 0; i + sizeof line < bytes; i += sizeof line) {
        memcpy(at + i, &line, sizeof line);
        fence_signal(); // as it stands, and not by the loop of a memset
    }
}

#endif
