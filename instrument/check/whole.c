// whole.c - see whole.h.
#include "instrument/check/whole.h"

// By values, so that those who mostly do not call it keep them in registers.
__attribute__((noinline)) rp_guard_line rp_whole_unusual_differs(
    const uint8_t *block, size_t front, size_t size, size_t rear) {
    return rp_guard_differs(block - front, front, RP_FILL_GUARD) |
           rp_guard_differs(block + size, rear, RP_FILL_GUARD);
}
