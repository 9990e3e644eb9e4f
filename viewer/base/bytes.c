// bytes.c - reading little-endian numbers and varints from untrusted bytes.
#include "viewer/base/bytes.h"

bool bytes_long_varint(struct bytes *b, uint64_t *value) {
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
