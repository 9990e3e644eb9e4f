// whole.h - whether nobody has written around a block, or into a freed one.
//
// Mostly nobody has, so that is found out in few instructions, and what is
// wrong by misuse.h. No call where there are at most RP_GUARD_SHORT bytes.
#ifndef RP_INSTRUMENT_CHECK_WHOLE_H
#define RP_INSTRUMENT_CHECK_WHOLE_H

#include "instrument/check/guard.h"
#include "instrument/check/table.h"

// How many bytes of guard are before the program's pointer: a block may begin
// with its pages.
static inline size_t rp_whole_front(const struct rp_check_found *found) {
    return found->block->front < RP_GUARD_LEAST ? found->block->front
                                                : RP_GUARD_LEAST;
}

// How many of those behind its `size` bytes are looked at.
static inline size_t rp_whole_rear(const struct rp_check_found *found,
                                   size_t size) {
    size_t rear = found->span->bytes - found->block->front - size;

    return rear < RP_GUARD_MOST ? rear : RP_GUARD_MOST;
}

// Whether it is as most are: 16 bytes before, and 16 to 31 behind.
static inline bool rp_whole_is_usual(const struct rp_check_found *found,
                                     size_t size) {
    return RP_LIKELY(found->block->front == RP_GUARD_LEAST) &&
           // Fewer, as behind one with its own pages, are many more here.
           RP_LIKELY(found->span->bytes - size - RP_GUARD_AROUND <
                     RP_GUARD_LEAST);
}

// What differs there: of such a one, and of any.
static inline rp_guard_line rp_whole_usual_differs(
    const struct rp_check_found *found, size_t size) {
    const uint8_t *block = (const uint8_t *)found->pointer;
    const uint8_t *end = (const uint8_t *)found->start + found->span->bytes;
    rp_guard_line guard = rp_guard_line_of(RP_FILL_GUARD);

    return (rp_guard_load(block - RP_GUARD_LEAST) ^ guard) |
           (rp_guard_load(block + size) ^ guard) |
           (rp_guard_load(end - RP_GUARD_LEAST) ^ guard);
}
rp_guard_line rp_whole_unusual_differs(const uint8_t *block, size_t front,
                                       size_t size, size_t rear);
static inline rp_guard_line rp_whole_around_differs(
    const struct rp_check_found *found, size_t size) {
    return rp_whole_is_usual(found, size)
               ? rp_whole_usual_differs(found, size)
               : rp_whole_unusual_differs((const uint8_t *)found->pointer,
                                          rp_whole_front(found), size,
                                          rp_whole_rear(found, size));
}

static inline bool rp_whole_around(const struct rp_check_found *found,
                                   size_t size) {
    return rp_guard_is_none(rp_whole_around_differs(found, size));
}

// How many of a freed block's bytes are filled.
static inline size_t rp_whole_filled(size_t size) {
    return size < RP_FILL_MOST ? size : RP_FILL_MOST;
}

// has_guards: what is around it counts, too.
static inline bool rp_whole_freed(const struct rp_check_found *found,
                                  size_t size, bool has_guards) {
    rp_guard_line differs = rp_guard_differs(
        (const uint8_t *)found->pointer, rp_whole_filled(size), RP_FILL_FREED);

    if (has_guards)
        differs |= rp_whole_around_differs(found, size);
    return rp_guard_is_none(differs);
}

#endif
