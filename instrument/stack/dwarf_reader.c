// dwarf_reader.c - see dwarf_reader.h.
#include "instrument/stack/dwarf_reader.h"

#include <stddef.h>
#include <string.h>

uint64_t rp_read_fixed(struct rp_reader *r, unsigned bytes) {
    uint64_t value = 0;

    if (r->bad || (size_t)(r->end - r->at) < bytes) {
        r->bad = true;
        return 0;
    }
    memcpy(&value, r->at, bytes); // little endian
    r->at += bytes;
    return value;
}

// A number of 7 bits a byte; *shift: how many bits, *last: the last byte.
static uint64_t read_leb(struct rp_reader *r, unsigned *shift, uint8_t *last) {
    uint64_t value = 0;

    *shift = 0;
    do {
        *last = (uint8_t)rp_read_fixed(r, 1);
        if (*shift < 64)
            value |= (uint64_t)(*last & 0x7f) << *shift;
        *shift += 7;
    } while (*last & 0x80);
    return value;
}

uint64_t rp_read_uleb(struct rp_reader *r) {
    unsigned shift;
    uint8_t last;

    return read_leb(r, &shift, &last);
}

int64_t rp_read_sleb(struct rp_reader *r) {
    unsigned shift;
    uint8_t last;
    uint64_t value = read_leb(r, &shift, &last);

    if ((last & 0x40) && shift < 64)
        value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
}

void rp_read_skip(struct rp_reader *r, uint64_t bytes) {
    if (r->bad || (uint64_t)(r->end - r->at) < bytes)
        r->bad = true;
    else
        r->at += bytes;
}

uint64_t rp_read_encoded(struct rp_reader *r, uint8_t encoding,
                         const uint8_t *header) {
    uint64_t here = (uintptr_t)r->at, value = 0;

    switch (encoding & RP_DW_FORMAT) {
    case RP_DW_POINTER:
    case RP_DW_DATA8:
    case RP_DW_DATA8 | RP_DW_SIGNED:
        value = rp_read_fixed(r, 8);
        break;
    case RP_DW_DATA4:
        value = rp_read_fixed(r, 4);
        break;
    case RP_DW_DATA4 | RP_DW_SIGNED:
        value = (uint64_t)(int64_t)(int32_t)rp_read_fixed(r, 4);
        break;
    case RP_DW_DATA2:
        value = rp_read_fixed(r, 2);
        break;
    case RP_DW_DATA2 | RP_DW_SIGNED:
        value = (uint64_t)(int64_t)(int16_t)rp_read_fixed(r, 2);
        break;
    case RP_DW_ULEB:
        value = rp_read_uleb(r);
        break;
    default:
        r->bad = true;
    }
    switch (encoding & (RP_DW_RELATION | RP_DW_INDIRECT)) {
    case 0:
        return value;
    case RP_DW_FROM_HERE:
        return value + here;
    case RP_DW_FROM_HEADER:
        return value + (uintptr_t)header;
    default:
        r->bad = true;
        return 0;
    }
}
