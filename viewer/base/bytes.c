// bytes.c - reading little-endian numbers and varints from untrusted bytes.
#include "viewer/base/bytes.h"

// Up to eight bytes at once; the first of the file's is the lowest.
static inline bool eight_bytes(struct bytes *b, uint64_t *value) {
    uint64_t word;
    if (bytes_left(b) < sizeof word)
        return false;
    memcpy(&word, b->at, sizeof word);
    uint64_t ends = ~word & UINT64_C(0x8080808080808080);
    if (ends == 0)
        return false;
    // Seven bits of each byte up to the first that ends it, then moved
    // together.
    word &= (ends ^ (ends - 1)) & UINT64_C(0x7f7f7f7f7f7f7f7f);
    word = (word & UINT64_C(0x007f007f007f007f)) |
           (word & UINT64_C(0x7f007f007f007f00)) >> 1;
    word = (word & UINT64_C(0x00003fff00003fff)) |
           (word & UINT64_C(0x3fff00003fff0000)) >> 2;
    *value = (word & 0x0fffffff) | (word & UINT64_C(0x0fffffff00000000)) >> 4;
    b->at += ((unsigned)__builtin_ctzll(ends) + 1) / 8;
    return true;
}

bool bytes_long_varint(struct bytes *b, uint64_t *value) {
    if (eight_bytes(b, value))
        return true;
    const uint8_t *at = b->at;
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (at == b->end)
            return false;
        uint8_t byte = *at++;
        if (shift == 63 && byte > 1)
            return false;
        result |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            b->at = at;
            *value = result;
            return true;
        }
    }
    return false;
}
