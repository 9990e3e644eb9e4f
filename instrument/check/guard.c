// guard.c - see guard.h.
#include "instrument/check/guard.h"

#include <string.h>

size_t rp_guard_intact(const uint8_t *at, size_t bytes, uint8_t fill) {
    size_t i = 0;

    // Each byte is the one before it, and the first is right.
    if (bytes == 0 || (at[0] == fill && memcmp(at, at + 1, bytes - 1) == 0))
        return bytes;
    while (i < bytes && at[i] == fill)
        i++;
    return i;
}

size_t rp_guard_damage_end(const uint8_t *at, size_t bytes, uint8_t fill) {
    while (bytes > 0 && at[bytes - 1] == fill)
        bytes--;
    return bytes;
}
