// cfi.c - see cfi.h.
//
// .eh_frame_hdr has a table of functions, sorted, with the place of each one's
// entry (FDE) in .eh_frame. An entry refers to what it has in common with
// others (CIE); both hold a program for a machine that tells how the frame
// changes from instruction to instruction (cfi_machine.h). It is run up to the
// one asked for.
#include "instrument/stack/cfi.h"

#include "instrument/stack/cfi_machine.h"
#include "instrument/stack/dwarf_reader.h"

#include <string.h>

enum { // the one kind of table that is made
    TABLE = RP_DW_FROM_HEADER | RP_DW_SIGNED | RP_DW_DATA4,
};

struct entry {
    struct rp_reader body; // after the id
    uint64_t id;           // 0: a CIE
    const uint8_t *id_at;
};

static struct entry read_entry(const uint8_t *at, const uint8_t *start,
                               const uint8_t *end) {
    struct entry entry = {.body = {at, end, at < start || at >= end}};
    struct rp_reader *r = &entry.body;
    uint64_t bytes = rp_read_fixed(r, 4);

    if (bytes == 0xffffffff)
        bytes = rp_read_fixed(r, 8);
    if (bytes > (uint64_t)(r->end - r->at))
        r->bad = true;
    else
        r->end = r->at + bytes;
    entry.id_at = r->at;
    entry.id = rp_read_fixed(r, 4);
    return entry;
}

// What an entry's CIE says.
struct common {
    struct rp_reader code;
    uint64_t code_unit;
    int64_t data_unit;
    uint8_t encoding;
    bool has_sizes; // of what follows in each entry
    bool is_signal;
};

static bool read_common(const struct entry *entry, const uint8_t *start,
                        const uint8_t *end, const uint8_t *header,
                        struct common *c) {
    struct entry cie = read_entry(entry->id_at - entry->id, start, end);
    struct rp_reader *r = &cie.body;
    uint64_t version = rp_read_fixed(r, 1);
    const char *letters = (const char *)r->at;

    *c = (struct common){.encoding = RP_DW_POINTER};
    while (rp_read_fixed(r, 1) != 0)
        ;
    if (r->bad || cie.id != 0 || (version != 1 && version != 3))
        return false;
    c->code_unit = rp_read_uleb(r);
    c->data_unit = rp_read_sleb(r);
    if ((version == 1 ? rp_read_fixed(r, 1) : rp_read_uleb(r)) !=
        RP_DW_REG_RETURN)
        return false;
    if (*letters != 'z' && *letters != 0)
        return false;
    c->has_sizes = *letters == 'z';
    uint64_t bytes = c->has_sizes ? rp_read_uleb(r) : 0;
    if (r->bad || bytes > (uint64_t)(r->end - r->at))
        return false;
    c->code = (struct rp_reader){r->at + bytes, r->end, false};
    for (letters += c->has_sizes; *letters != 0; letters++) {
        if (*letters == 'R')
            c->encoding = (uint8_t)rp_read_fixed(r, 1);
        else if (*letters == 'P')
            rp_read_encoded(r, (uint8_t)rp_read_fixed(r, 1) & ~RP_DW_INDIRECT,
                            header);
        else if (*letters == 'L')
            rp_read_fixed(r, 1);
        else if (*letters == 'S')
            c->is_signal = true;
        else
            return false;
    }
    return !r->bad;
}

static struct rp_rule read_function(uint64_t pc, const uint8_t *at,
                                    const uint8_t *header, const uint8_t *start,
                                    const uint8_t *end) {
    static const struct rp_rule hard = {.kind = RP_RULE_HARD};
    struct entry entry = read_entry(at, start, end);
    struct rp_reader *r = &entry.body;
    struct common common;

    if (r->bad || entry.id == 0 || entry.id > (uint64_t)(entry.id_at - start) ||
        !read_common(&entry, start, end, header, &common) || common.is_signal)
        return hard;
    uint64_t from = rp_read_encoded(r, common.encoding, header);
    uint64_t bytes = rp_read_encoded(r, common.encoding & RP_DW_FORMAT, header);
    if (common.has_sizes)
        rp_read_skip(r, rp_read_uleb(r));
    if (r->bad)
        return hard;
    if (pc - from >= bytes) // between two functions
        return (struct rp_rule){.kind = RP_RULE_SILENT};

    struct rp_cfi_machine m = {.code = common.code,
                               .header = header,
                               .pc = UINT64_MAX,
                               .code_unit = common.code_unit,
                               .data_unit = common.data_unit,
                               .encoding = common.encoding,
                               .row = {.return_is = RETURN_HARD}};
    rp_cfi_run(&m);
    if (m.code.bad)
        return hard;
    m.initial = m.row;
    m.code = *r;
    m.pc = pc;
    m.location = from;
    rp_cfi_run(&m);
    return m.code.bad ? hard : rp_cfi_made(&m);
}

struct rp_rule rp_cfi_read(uint64_t pc, const uint8_t *header,
                           const uint8_t *start, const uint8_t *end) {
    static const struct rp_rule hard = {.kind = RP_RULE_HARD};
    struct rp_reader r = {header, end, header < start || header >= end};
    uint64_t version = rp_read_fixed(&r, 1);
    uint8_t frame_encoding = (uint8_t)rp_read_fixed(&r, 1);
    uint8_t count_encoding = (uint8_t)rp_read_fixed(&r, 1);
    uint8_t table_encoding = (uint8_t)rp_read_fixed(&r, 1);

    if (r.bad || version != 1 || count_encoding == RP_DW_ABSENT ||
        table_encoding != TABLE)
        return hard;
    if (frame_encoding != RP_DW_ABSENT)
        rp_read_encoded(&r, frame_encoding, header);
    uint64_t count = rp_read_encoded(&r, count_encoding, header);
    if (r.bad || count > (uint64_t)(r.end - r.at) / 8)
        return hard;
    // The last function that does not begin after pc.
    const uint8_t *table = r.at;
    int64_t wanted = (int64_t)(pc - (uintptr_t)header);
    size_t low = 0, high = (size_t)count;
    int32_t pair[2] = {0, 0};
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        memcpy(pair, table + 8 * middle, 4);
        if (pair[0] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return (struct rp_rule){.kind = RP_RULE_SILENT};
    memcpy(pair, table + 8 * (low - 1), 8);
    if (pair[1] < start - header || pair[1] >= end - header)
        return hard;
    return read_function(pc, header + pair[1], header, start, end);
}
