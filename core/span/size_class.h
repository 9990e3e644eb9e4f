// size_class.h - which size of block serves a request.
//
// Small sizes, up to SMALL_MAX, have a class every 16 bytes: class c serves
// 16 * (c - 1) + 1 .. 16 * c bytes. Class 0 has no blocks: a request for 0
// bytes is served by class 1. Medium sizes, up to MEDIUM_MAX, fall into eight
// buckets a doubling; each bucket's class is the largest block of which as
// many fit into a span as of the bucket's largest size, so that no span has a
// tail that a larger block could have used; but a power of two has a class of
// its own. Beyond are large blocks (runs of spans) and huge ones (memory of
// their own).
//
// Blocks of whole pages fill their span, whose header stands apart (header.h).
// Others begin behind it, at a multiple of the largest power of two that
// divides their size, so that each of them is a multiple of it. That costs no
// block: test_size_class proves it.
#ifndef RP_CORE_SPAN_SIZE_CLASS_H
#define RP_CORE_SPAN_SIZE_CLASS_H

#include "core/base/bits.h"
#include "core/memory/span_size.h"
#include "core/os/check.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SPAN_HEADER = 128,
    LARGE_HEADER = 0, // in front of a large or huge block

    BLOCK_ALIGN = 16,
    SMALL_MAX = 1024,
    SMALL_CLASSES = SMALL_MAX / BLOCK_ALIGN + 1,
    MEDIUM_CLASSES = 28,
    CLASS_COUNT = SMALL_CLASSES + MEDIUM_CLASSES,
    MEDIUM_MAX = 32768,
    MEDIUM_ALIGN = 128,      // medium blocks are multiples of this
    CLASS_ALIGN_MAX = 32768, // and none of a larger power of two
};

struct size_class {
    uint16_t block_bytes;
    uint16_t capacity;   // blocks in a span
    uint32_t reciprocal; // rp_block_index divides by it
};

extern const struct size_class rp_size_classes[CLASS_COUNT];
extern const uint8_t rp_medium_class[40]; // by bucket

// size: 1 .. SMALL_MAX.
static inline size_t small_class(size_t size) {
    return (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN;
}

// size: SMALL_MAX + 1 .. MEDIUM_MAX.
static inline size_t medium_class(size_t size) {
    unsigned log = highest_bit(size - 1);

    // The three bits below the highest one: 8 .. 15 with it.
    return rp_medium_class[log * 8 + ((size - 1) >> (log - 3)) - 11 * 8];
}

// Whether the header of a span, whose blocks have so many bytes, stands apart.
static inline int class_is_apart(uint32_t block_bytes) {
    return block_bytes % BLOCK_PAGE == 0;
}

// Where the first block of such a span starts.
static inline uint32_t class_start(uint32_t block_bytes) {
    uint32_t natural = block_bytes & (0 - block_bytes);

    if (class_is_apart(block_bytes))
        return 0;
    return natural > SPAN_HEADER ? natural : SPAN_HEADER;
}

// offset: of any byte of a block, counted from the first block of its span.
// Exact for every offset in a span: test_size_class proves it.
static inline unsigned block_index(uint32_t reciprocal, uint32_t offset) {
    return (unsigned)((uint64_t)offset * reciprocal >> 32);
}

#endif
