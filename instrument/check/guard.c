// guard.c - see guard.h.
#include "instrument/check/guard.h"

#include <string.h>

size_t rp_guard_intact(const uint8_t *at, size_t bytes, uint8_t fill) {
    uint64_t all = fill * UINT64_C(0x0101010101010101), word;
    size_t i = 0;

    for (; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, at + i, sizeof word);
        if (word != all)
            break;
    }
    while (i < bytes && at[i] == fill)
        i++;
    return i;
}

size_t rp_guard_damage_end(const uint8_t *at, size_t bytes, uint8_t fill) {
    while (bytes > 0 && at[bytes - 1] == fill)
        bytes--;
    return bytes;
}
