// dwarf_reader.h - numbers and addresses of unwind tables, read one by one.
//
// The encodings are those of DWARF and of the Linux Standard Base (.eh_frame).
// Nothing beyond the end is read, whatever the bytes are.
#ifndef RP_INSTRUMENT_STACK_DWARF_READER_H
#define RP_INSTRUMENT_STACK_DWARF_READER_H

#include <stdbool.h>
#include <stdint.h>

// Encodings of an address: a format, what it is relative to, and whether it is
// that of the value.
enum {
    RP_DW_POINTER = 0x00,
    RP_DW_ULEB = 0x01,
    RP_DW_DATA2 = 0x02,
    RP_DW_DATA4 = 0x03,
    RP_DW_DATA8 = 0x04,
    RP_DW_SIGNED = 0x08,
    RP_DW_FORMAT = 0x0f,
    RP_DW_FROM_HERE = 0x10,
    RP_DW_FROM_HEADER = 0x30,
    RP_DW_RELATION = 0x70,
    RP_DW_INDIRECT = 0x80,
    RP_DW_ABSENT = 0xff, // there is no value
};

// Reads on, and not beyond the end: then `bad` is set, and all reads give 0.
struct rp_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

// A number of so many bytes (1..8), little endian.
uint64_t rp_read_fixed(struct rp_reader *r, unsigned bytes);

// A number of 7 bits a byte, without and with a sign.
uint64_t rp_read_uleb(struct rp_reader *r);
int64_t rp_read_sleb(struct rp_reader *r);

void rp_read_skip(struct rp_reader *r, uint64_t bytes);

// A value in one of the encodings above; `header` is what RP_DW_FROM_HEADER is
// relative to. One that is not understood is bad.
uint64_t rp_read_encoded(struct rp_reader *r, uint8_t encoding,
                         const uint8_t *header);

#endif
