// guard.h - the bytes around a block, and those of one that was freed.
//
//   | front: 16 bytes or more | the program's | rear: at least 16 bytes ... |
//
// The rear begins with the byte behind the last that was asked for. A block is
// filled when it is made, so that what was never written shows, and when it is
// freed. Bytes that differ later were written by somebody who may not.
#ifndef RP_INSTRUMENT_CHECK_GUARD_H
#define RP_INSTRUMENT_CHECK_GUARD_H

#include <stddef.h>
#include <stdint.h>

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

#endif
