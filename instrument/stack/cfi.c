// cfi.c - see cfi.h.
//
// .eh_frame_hdr has a table of functions, sorted, with the place of each one's
// entry (FDE) in .eh_frame. An entry refers to what it has in common with
// others (CIE); both hold a program for a machine that tells how the frame
// changes from instruction to instruction. It is run up to the one asked for.
#include "instrument/stack/cfi.h"

#include "core/base/bits.h"

#include <string.h>

enum {
    ABSENT = 0xff, // encoding: there is no value
    POINTER = 0x00,
    ULEB = 0x01,
    DATA2 = 0x02,
    DATA4 = 0x03,
    DATA8 = 0x04,
    IS_SIGNED = 0x08,
    FORMAT = 0x0f,
    FROM_HERE = 0x10,
    FROM_HEADER = 0x30,
    RELATION = 0x70,
    INDIRECT = 0x80,
    TABLE =
        FROM_HEADER | IS_SIGNED | DATA4, // the one kind of table that is made
};

enum { REG_BP = 6, REG_SP = 7, REG_RETURN = 16 };

enum { REMEMBERED = 8 };

// Reads on, and not beyond the end: then `bad` is set, and all reads give 0.
struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static uint64_t read_fixed(struct reader *r, unsigned bytes) {
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
static uint64_t read_leb(struct reader *r, unsigned *shift, uint8_t *last) {
    uint64_t value = 0;

    *shift = 0;
    do {
        *last = (uint8_t)read_fixed(r, 1);
        if (*shift < 64)
            value |= (uint64_t)(*last & 0x7f) << *shift;
        *shift += 7;
    } while (*last & 0x80);
    return value;
}

static uint64_t read_uleb(struct reader *r) {
    unsigned shift;
    uint8_t last;

    return read_leb(r, &shift, &last);
}

static int64_t read_sleb(struct reader *r) {
    unsigned shift;
    uint8_t last;
    uint64_t value = read_leb(r, &shift, &last);

    if ((last & 0x40) && shift < 64)
        value |= ~UINT64_C(0) << shift;
    return (int64_t)value;
}

static void skip(struct reader *r, uint64_t bytes) {
    if (r->bad || (uint64_t)(r->end - r->at) < bytes)
        r->bad = true;
    else
        r->at += bytes;
}

// A value in one of the encodings for addresses.
static uint64_t read_encoded(struct reader *r, uint8_t encoding,
                             const uint8_t *header) {
    uint64_t here = (uintptr_t)r->at, value = 0;

    switch (encoding & FORMAT) {
    case POINTER:
    case DATA8:
    case DATA8 | IS_SIGNED:
        value = read_fixed(r, 8);
        break;
    case DATA4:
        value = read_fixed(r, 4);
        break;
    case DATA4 | IS_SIGNED:
        value = (uint64_t)(int64_t)(int32_t)read_fixed(r, 4);
        break;
    case DATA2:
        value = read_fixed(r, 2);
        break;
    case DATA2 | IS_SIGNED:
        value = (uint64_t)(int64_t)(int16_t)read_fixed(r, 2);
        break;
    case ULEB:
        value = read_uleb(r);
        break;
    default:
        r->bad = true;
    }
    switch (encoding & (RELATION | INDIRECT)) {
    case 0:
        return value;
    case FROM_HERE:
        return value + here;
    case FROM_HEADER:
        return value + (uintptr_t)header;
    default:
        r->bad = true;
        return 0;
    }
}

// ---- the machine ----

struct row {
    enum { CFA_REGISTER, CFA_AT_BP, CFA_HARD } cfa_is;
    uint64_t cfa_register;
    int64_t cfa_offset;
    enum { BP_SAME, BP_SAVED, BP_AT_BP, BP_HARD } bp_is;
    int64_t bp_offset;
    enum { RETURN_SAVED, RETURN_NONE, RETURN_HARD } return_is;
    int64_t return_offset;
};

struct machine {
    struct reader code;
    const uint8_t *header;
    uint64_t pc; // the program runs up to here
    uint64_t location;
    uint64_t code_unit;
    int64_t data_unit;
    uint8_t encoding;
    struct row row, initial, remembered[REMEMBERED];
    unsigned depth;
};

static void set_saved(struct machine *m, uint64_t reg, int64_t offset) {
    if (reg == REG_BP) {
        m->row.bp_is = BP_SAVED;
        m->row.bp_offset = offset;
    } else if (reg == REG_RETURN) {
        m->row.return_is = RETURN_SAVED;
        m->row.return_offset = offset;
    }
}

static void set_hard(struct machine *m, uint64_t reg) {
    if (reg == REG_BP)
        m->row.bp_is = BP_HARD;
    else if (reg == REG_RETURN)
        m->row.return_is = RETURN_HARD;
}

static void set_initial(struct machine *m, uint64_t reg) {
    if (reg == REG_BP) {
        m->row.bp_is = m->initial.bp_is;
        m->row.bp_offset = m->initial.bp_offset;
    } else if (reg == REG_RETURN) {
        m->row.return_is = m->initial.return_is;
        m->row.return_offset = m->initial.return_offset;
    }
}

// rbp is unchanged or not worth anything any more: then nobody uses it.
static void set_same(struct machine *m, uint64_t reg, bool is_lost) {
    if (reg == REG_BP)
        m->row.bp_is = BP_SAME;
    else if (reg == REG_RETURN)
        m->row.return_is = is_lost ? RETURN_NONE : RETURN_HARD;
}

// An expression. Only rbp + constant is understood, with or without a look at
// the word there.
static bool read_at_bp(struct machine *m, bool deref, int64_t *offset) {
    enum { BREG_BP = 0x70 + REG_BP, DEREF = 0x06 };
    uint64_t bytes = read_uleb(&m->code);
    struct reader r = {m->code.at, m->code.at, m->code.bad};

    skip(&m->code, bytes);
    if (m->code.bad)
        return false;
    r.end = m->code.at;
    if (read_fixed(&r, 1) != BREG_BP)
        return false;
    *offset = read_sleb(&r);
    if (deref && read_fixed(&r, 1) != DEREF)
        return false;
    return !r.bad && r.at == r.end;
}

static void set_expression(struct machine *m, uint64_t reg) {
    int64_t offset;
    bool simple = read_at_bp(m, false, &offset);

    if (reg == REG_BP && simple && offset == 0)
        m->row.bp_is = BP_AT_BP;
    else
        set_hard(m, reg);
}

static void set_cfa(struct machine *m, uint64_t reg, int64_t offset) {
    m->row.cfa_is = CFA_REGISTER;
    m->row.cfa_register = reg;
    m->row.cfa_offset = offset;
}

// The instructions that have a code of their own.
static void run_other(struct machine *m, uint8_t code) {
    struct reader *r = &m->code;
    uint64_t reg;

    switch (code) {
    case 0x00: // nop
        break;
    case 0x01: // set_loc
        m->location = read_encoded(r, m->encoding, m->header);
        break;
    case 0x02: // advance_loc1, 2, 4
        m->location += read_fixed(r, 1) * m->code_unit;
        break;
    case 0x03:
        m->location += read_fixed(r, 2) * m->code_unit;
        break;
    case 0x04:
        m->location += read_fixed(r, 4) * m->code_unit;
        break;
    case 0x05: // offset_extended
        reg = read_uleb(r);
        set_saved(m, reg, (int64_t)read_uleb(r) * m->data_unit);
        break;
    case 0x06: // restore_extended
        set_initial(m, read_uleb(r));
        break;
    case 0x07: // undefined
        set_same(m, read_uleb(r), true);
        break;
    case 0x08: // same_value
        set_same(m, read_uleb(r), false);
        break;
    case 0x09: // register
        reg = read_uleb(r);
        read_uleb(r);
        set_hard(m, reg);
        break;
    case 0x0a: // remember_state
        if (m->depth == REMEMBERED)
            r->bad = true;
        else
            m->remembered[m->depth++] = m->row;
        break;
    case 0x0b: // restore_state
        if (m->depth == 0)
            r->bad = true;
        else
            m->row = m->remembered[--m->depth];
        break;
    case 0x0c: // def_cfa
        reg = read_uleb(r);
        set_cfa(m, reg, (int64_t)read_uleb(r));
        break;
    case 0x0d: // def_cfa_register
        m->row.cfa_register = read_uleb(r);
        break;
    case 0x0e: // def_cfa_offset
        m->row.cfa_offset = (int64_t)read_uleb(r);
        break;
    case 0x0f: // def_cfa_expression
        m->row.cfa_is =
            read_at_bp(m, true, &m->row.cfa_offset) ? CFA_AT_BP : CFA_HARD;
        break;
    case 0x10: // expression
        set_expression(m, read_uleb(r));
        break;
    case 0x11: // offset_extended_sf
        reg = read_uleb(r);
        set_saved(m, reg, read_sleb(r) * m->data_unit);
        break;
    case 0x12: // def_cfa_sf
        reg = read_uleb(r);
        set_cfa(m, reg, read_sleb(r) * m->data_unit);
        break;
    case 0x13: // def_cfa_offset_sf
        m->row.cfa_offset = read_sleb(r) * m->data_unit;
        break;
    case 0x14: // val_offset
    case 0x15: // val_offset_sf
        reg = read_uleb(r);
        read_uleb(r);
        set_hard(m, reg);
        break;
    case 0x16: // val_expression
        reg = read_uleb(r);
        skip(r, read_uleb(r));
        set_hard(m, reg);
        break;
    case 0x2e: // GNU_args_size
        read_uleb(r);
        break;
    default:
        r->bad = true;
    }
}

static void run(struct machine *m) {
    struct reader *r = &m->code;

    while (!r->bad && r->at < r->end && m->location <= m->pc) {
        uint8_t code = (uint8_t)read_fixed(r, 1);
        uint8_t low = code & 0x3f;
        switch (code >> 6) {
        case 1:
            m->location += low * m->code_unit;
            break;
        case 2:
            set_saved(m, low, (int64_t)read_uleb(r) * m->data_unit);
            break;
        case 3:
            set_initial(m, low);
            break;
        default:
            run_other(m, code);
        }
    }
}

static struct rp_rule make_rule(const struct row *row) {
    static const struct rp_rule hard = {.kind = RP_RULE_HARD};
    struct rp_rule rule = {.kind = RP_RULE_HARD,
                           .cfa = (int32_t)row->cfa_offset};

    if (row->return_is == RETURN_NONE)
        return (struct rp_rule){.kind = RP_RULE_END};
    if (row->return_is != RETURN_SAVED || row->return_offset != -8 ||
        row->cfa_offset % 8 != 0 || row->cfa_offset <= -RP_RULE_CFA_MOST ||
        row->cfa_offset >= RP_RULE_CFA_MOST)
        return hard;
    if (row->cfa_is == CFA_AT_BP) {
        rule.kind = row->bp_is == BP_AT_BP ? RP_RULE_AT_BP : RP_RULE_HARD;
        return rule;
    }
    if (row->cfa_is == CFA_HARD || row->bp_is >= BP_AT_BP)
        return hard;
    if (row->bp_is == BP_SAVED) {
        if (row->bp_offset >= 0 || row->bp_offset < -RP_RULE_BP_MOST ||
            row->bp_offset % 8 != 0)
            return hard;
        rule.bp = (uint32_t)-row->bp_offset;
    }
    if (row->cfa_register == REG_SP)
        rule.kind = RP_RULE_SP;
    else if (row->cfa_register == REG_BP)
        rule.kind = RP_RULE_BP;
    return rule;
}

// ---- the entries ----

struct entry {
    struct reader body; // after the id
    uint64_t id;        // 0: a CIE
    const uint8_t *id_at;
};

static struct entry read_entry(const uint8_t *at, const uint8_t *start,
                               const uint8_t *end) {
    struct entry entry = {.body = {at, end, at < start || at >= end}};
    struct reader *r = &entry.body;
    uint64_t bytes = read_fixed(r, 4);

    if (bytes == 0xffffffff)
        bytes = read_fixed(r, 8);
    if (bytes > (uint64_t)(r->end - r->at))
        r->bad = true;
    else
        r->end = r->at + bytes;
    entry.id_at = r->at;
    entry.id = read_fixed(r, 4);
    return entry;
}

// What an entry's CIE says.
struct common {
    struct reader code;
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
    struct reader *r = &cie.body;
    uint64_t version = read_fixed(r, 1);
    const char *letters = (const char *)r->at;

    *c = (struct common){.encoding = POINTER};
    while (read_fixed(r, 1) != 0)
        ;
    if (r->bad || cie.id != 0 || (version != 1 && version != 3))
        return false;
    c->code_unit = read_uleb(r);
    c->data_unit = read_sleb(r);
    if ((version == 1 ? read_fixed(r, 1) : read_uleb(r)) != REG_RETURN)
        return false;
    if (*letters != 'z' && *letters != 0)
        return false;
    c->has_sizes = *letters == 'z';
    uint64_t bytes = c->has_sizes ? read_uleb(r) : 0;
    if (r->bad || bytes > (uint64_t)(r->end - r->at))
        return false;
    c->code = (struct reader){r->at + bytes, r->end, false};
    for (letters += c->has_sizes; *letters != 0; letters++) {
        if (*letters == 'R')
            c->encoding = (uint8_t)read_fixed(r, 1);
        else if (*letters == 'P')
            read_encoded(r, (uint8_t)read_fixed(r, 1) & ~INDIRECT, header);
        else if (*letters == 'L')
            read_fixed(r, 1);
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
    struct reader *r = &entry.body;
    struct common common;

    if (r->bad || entry.id == 0 || entry.id > (uint64_t)(entry.id_at - start) ||
        !read_common(&entry, start, end, header, &common) || common.is_signal)
        return hard;
    uint64_t from = read_encoded(r, common.encoding, header);
    uint64_t bytes = read_encoded(r, common.encoding & FORMAT, header);
    if (common.has_sizes)
        skip(r, read_uleb(r));
    if (r->bad)
        return hard;
    if (pc - from >= bytes) // between two functions
        return (struct rp_rule){.kind = RP_RULE_SILENT};

    struct machine m = {.code = common.code,
                        .header = header,
                        .pc = UINT64_MAX,
                        .code_unit = common.code_unit,
                        .data_unit = common.data_unit,
                        .encoding = common.encoding,
                        .row = {.return_is = RETURN_HARD}};
    run(&m);
    if (m.code.bad)
        return hard;
    m.initial = m.row;
    m.code = *r;
    m.pc = pc;
    m.location = from;
    run(&m);
    return m.code.bad ? hard : make_rule(&m.row);
}

struct rp_rule rp_cfi_read(uint64_t pc, const uint8_t *header,
                           const uint8_t *start, const uint8_t *end) {
    static const struct rp_rule hard = {.kind = RP_RULE_HARD};
    struct reader r = {header, end, header < start || header >= end};
    uint64_t version = read_fixed(&r, 1);
    uint8_t frame_encoding = (uint8_t)read_fixed(&r, 1);
    uint8_t count_encoding = (uint8_t)read_fixed(&r, 1);
    uint8_t table_encoding = (uint8_t)read_fixed(&r, 1);

    if (r.bad || version != 1 || count_encoding == ABSENT ||
        table_encoding != TABLE)
        return hard;
    if (frame_encoding != ABSENT)
        read_encoded(&r, frame_encoding, header);
    uint64_t count = read_encoded(&r, count_encoding, header);
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
