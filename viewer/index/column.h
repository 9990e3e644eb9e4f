// column.h - numbers that are alike, one behind the other, in as many bits as
// most of them need.
//
// Each has the same number of bits, so that reading them is a shift and a mask;
// the few that need more have what is above these bits in a list. What is
// random in them is not looked at by a compressor that would find nothing.
//
//   a byte: the width in bits, and COLUMN_HIGH where there is such a list
//   the numbers, the lowest bits first
//   the list: how many, and of each how far behind the one before, and its bits
#ifndef RPSCOPE_INDEX_COLUMN_H
#define RPSCOPE_INDEX_COLUMN_H

#include "viewer/base/bytes.h"

enum {
    COLUMN_WIDE = 56, // the most bits that are read at once; above, all 64
    COLUMN_HIGH = 0x80,
    COLUMN_BEHIND = 8, // bytes that can be read behind those that are taken
};

// Bytes that so many numbers need at the most, of up to COLUMN_WIDE bits or 64
// each.
#define COLUMN_MOST(count, bits) ((count) * (bits) / 8 + (count) / 64 + 32)

// Writes them; where the next byte goes.
uint8_t *column_put(uint8_t *at, const uint64_t *numbers, uint32_t count);

// Takes so many off the front; what stands in the COLUMN_BEHIND bytes behind
// the end does not matter. False: they are not there.
bool column_take(struct bytes *bytes, uint64_t *numbers, uint32_t count);

#endif
