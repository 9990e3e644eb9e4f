// crc32c.c - by the processor's instruction, or else half a byte at a time.
#include "instrument/format/crc32c.h"

#include <string.h>

uint32_t rp_crc32c_portable(uint32_t crc, const void *data, size_t bytes) {
    // The remainders of the sixteen half bytes.
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const unsigned char *at = data;

    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= at[i];
        crc = table[crc & 15] ^ crc >> 4;
        crc = table[crc & 15] ^ crc >> 4;
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(
    uint32_t crc, const unsigned char *at, size_t bytes) {
    uint64_t state = ~crc;

    for (; bytes >= 8; bytes -= 8, at += 8) {
        uint64_t word;

        memcpy(&word, at, sizeof word);
        state = __builtin_ia32_crc32di(state, word);
    }
    for (; bytes > 0; bytes--, at++)
        state = __builtin_ia32_crc32qi((uint32_t)state, *at);
    return ~(uint32_t)state;
}

uint32_t rp_crc32c(uint32_t crc, const void *data, size_t bytes) {
    // The first block may be written before any constructor has run.
    __builtin_cpu_init();
    return __builtin_cpu_supports("sse4.2")
               ? crc_by_instruction(crc, data, bytes)
               : rp_crc32c_portable(crc, data, bytes);
}

#else

uint32_t rp_crc32c(uint32_t crc, const void *data, size_t bytes) {
    return rp_crc32c_portable(crc, data, bytes);
}

#endif
