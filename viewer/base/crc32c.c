// crc32c.c - the checksum of trace files (Castagnoli, reflected).
//
// By the processor's instruction where there is one; else eight bytes a step by
// eight tables, so that checking costs little beside decompressing. The tables
// are made on first use, by whichever thread: all would write the same values,
// and the viewer reads traces in one thread.
#include "viewer/base/crc32c.h"

#include <stdbool.h>
#include <string.h>

static uint32_t tables[8][256];
static bool tables_made;

static void make_tables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
        tables[0][i] = crc;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++)
            tables[t][i] =
                tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
    tables_made = true;
}

uint32_t crc32c_by_tables(const void *data, size_t size) {
    const uint8_t *p = data;
    uint32_t crc = ~0u;
    if (!tables_made)
        make_tables();
    for (; size >= 8; size -= 8, p += 8) {
        uint32_t low, high;
        memcpy(&low, p, 4);
        memcpy(&high, p + 4, 4);
        low ^= crc;
        crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^
              tables[5][low >> 16 & 0xff] ^ tables[4][low >> 24] ^
              tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
              tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    for (; size > 0; size--)
        crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t by_instruction(
    const uint8_t *p, size_t size) {
    uint64_t crc = ~0u;
    for (; size >= 8; size -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof word);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    for (; size > 0; size--)
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *p++);
    return ~(uint32_t)crc;
}

uint32_t crc32c(const void *data, size_t size) {
    return __builtin_cpu_supports("sse4.2") ? by_instruction(data, size)
                                            : crc32c_by_tables(data, size);
}

#else

uint32_t crc32c(const void *data, size_t size) {
    return crc32c_by_tables(data, size);
}

#endif
