// guard.h - the bytes around a block, and those of one that was freed.
//
//   | front: 16 bytes or more | the program's | rear: at least 16 bytes ... |
//
// The rear begins with the byte behind the last that was asked for. A block is
// filled when it is made, so that what was never written shows, and when it is
// freed. Bytes that differ later were written by somebody who may not.
#ifndef RP_INSTRUMENT_CHECK_GUARD_H
#define RP_INSTRUMENT_CHECK_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
    RP_GUARD_LEAST = 16, // on either side
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

// For few bytes, but eight at least: whether all are `fill`; and makes them so.
// No call.
static inline bool rp_guard_is_whole(const uint8_t *at, size_t bytes,
                                     uint8_t fill) {
    uint64_t expected = fill * UINT64_C(0x0101010101010101), word, differs;

    memcpy(&word, at + bytes - sizeof word, sizeof word);
    differs = word ^ expected;
    for (size_t i = 0; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        differs |= word ^ expected;
    }
    return differs == 0;
}

static inline void rp_guard_fill(uint8_t *at, size_t bytes, uint8_t fill) {
    uint64_t word = fill * UINT64_C(0x0101010101010101);

    for (size_t i = 0; i + sizeof word <= bytes; i += sizeof word)
        memcpy(at + i, &word, sizeof word);
    memcpy(at + bytes - sizeof word, &word, sizeof word);
}

#endif
