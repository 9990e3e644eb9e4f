// bytes.h - reading little-endian numbers and varints from untrusted bytes.
#ifndef RPSCOPE_BASE_BYTES_H
#define RPSCOPE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// What is left of a run of bytes.
struct bytes {
    const uint8_t *at;
    const uint8_t *end;
};

static inline size_t bytes_left(const struct bytes *b) {
    return (size_t)(b->end - b->at);
}

// Each of these takes its value off the front; false, and nothing changed in
// the result, when the bytes end before the value does.
static inline bool bytes_u32(struct bytes *b, uint32_t *value) {
    if (bytes_left(b) < 4)
        return false;
    *value = (uint32_t)b->at[0] | (uint32_t)b->at[1] << 8 |
             (uint32_t)b->at[2] << 16 | (uint32_t)b->at[3] << 24;
    b->at += 4;
    return true;
}

static inline bool bytes_copy(struct bytes *b, void *to, size_t size) {
    if (bytes_left(b) < size)
        return false;
    memcpy(to, b->at, size);
    b->at += size;
    return true;
}

static inline bool bytes_run(struct bytes *b, uint64_t size,
                             const uint8_t **run) {
    if (bytes_left(b) < size)
        return false;
    *run = b->at;
    b->at += size;
    return true;
}

// The slow half: three bytes and more. At most 10; bits beyond 64 are refused.
bool bytes_long_varint(struct bytes *b, uint64_t *value);

// One byte or two without a branch for which: it is hard to guess.
static inline bool bytes_varint(struct bytes *b, uint64_t *value) {
    if (b->end - b->at < 2)
        return bytes_long_varint(b, value);
    unsigned more = b->at[0] >> 7;
    if (more & b->at[1] >> 7)
        return bytes_long_varint(b, value);
    *value = (b->at[0] & 0x7fu) | (b->at[1] & (0 - more)) << 7;
    b->at += 1 + more;
    return true;
}

#endif
