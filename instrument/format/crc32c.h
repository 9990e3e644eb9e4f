// crc32c.h - CRC-32C (Castagnoli), the checksum of the trace's blocks.
#ifndef RP_INSTRUMENT_FORMAT_CRC32C_H
#define RP_INSTRUMENT_FORMAT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

// The checksum of `bytes` bytes; `crc` is that of what stands before them, 0
// at the start. Any thread.
uint32_t rp_crc32c(uint32_t crc, const void *data, size_t bytes);

// The same without the processor's instruction, for machines that have none.
uint32_t rp_crc32c_portable(uint32_t crc, const void *data, size_t bytes);

#endif
