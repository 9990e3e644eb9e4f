// crc32c.h - the checksum of trace files (Castagnoli, reflected).
#ifndef RPSCOPE_BASE_CRC32C_H
#define RPSCOPE_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c(const void *data, size_t size);
// The same on any processor, as that is where crc32c has no instruction.
uint32_t crc32c_by_tables(const void *data, size_t size);

#endif
