// cfi_machine.c - see cfi_machine.h.
#include "instrument/stack/cfi_machine.h"

// In the units of the entry; whatever stands there, it is a number.
static int64_t scaled(const struct rp_cfi_machine *m, uint64_t offset) {
    return (int64_t)(offset * (uint64_t)m->data_unit);
}

static void set_saved(struct rp_cfi_machine *m, uint64_t reg, int64_t offset) {
    if (reg == RP_DW_REG_BP) {
        m->row.bp_is = BP_SAVED;
        m->row.bp_offset = offset;
    } else if (reg == RP_DW_REG_RETURN) {
        m->row.return_is = RETURN_SAVED;
        m->row.return_offset = offset;
    }
}

static void set_hard(struct rp_cfi_machine *m, uint64_t reg) {
    if (reg == RP_DW_REG_BP)
        m->row.bp_is = BP_HARD;
    else if (reg == RP_DW_REG_RETURN)
        m->row.return_is = RETURN_HARD;
}

static void set_initial(struct rp_cfi_machine *m, uint64_t reg) {
    if (reg == RP_DW_REG_BP) {
        m->row.bp_is = m->initial.bp_is;
        m->row.bp_offset = m->initial.bp_offset;
    } else if (reg == RP_DW_REG_RETURN) {
        m->row.return_is = m->initial.return_is;
        m->row.return_offset = m->initial.return_offset;
    }
}

// rbp is unchanged or not worth anything any more: then nobody uses it.
static void set_same(struct rp_cfi_machine *m, uint64_t reg, bool is_lost) {
    if (reg == RP_DW_REG_BP)
        m->row.bp_is = BP_SAME;
    else if (reg == RP_DW_REG_RETURN)
        m->row.return_is = is_lost ? RETURN_NONE : RETURN_HARD;
}

// An expression. Only rbp + constant is understood, with or without a look at
// the word there.
static bool read_at_bp(struct rp_cfi_machine *m, bool deref, int64_t *offset) {
    enum { BREG_BP = 0x70 + RP_DW_REG_BP, DEREF = 0x06 };
    uint64_t bytes = rp_read_uleb(&m->code);
    struct rp_reader r = {m->code.at, m->code.at, m->code.bad};

    rp_read_skip(&m->code, bytes);
    if (m->code.bad)
        return false;
    r.end = m->code.at;
    if (rp_read_fixed(&r, 1) != BREG_BP)
        return false;
    *offset = rp_read_sleb(&r);
    if (deref && rp_read_fixed(&r, 1) != DEREF)
        return false;
    return !r.bad && r.at == r.end;
}

static void set_expression(struct rp_cfi_machine *m, uint64_t reg) {
    int64_t offset;
    bool simple = read_at_bp(m, false, &offset);

    if (reg == RP_DW_REG_BP && simple && offset == 0)
        m->row.bp_is = BP_AT_BP;
    else
        set_hard(m, reg);
}

static void set_cfa(struct rp_cfi_machine *m, uint64_t reg, int64_t offset) {
    m->row.cfa_is = CFA_REGISTER;
    m->row.cfa_register = reg;
    m->row.cfa_offset = offset;
}

// The instructions that have a code of their own.
static void run_other(struct rp_cfi_machine *m, uint8_t code) {
    struct rp_reader *r = &m->code;
    uint64_t reg;

    switch (code) {
    case 0x00: // nop
        break;
    case 0x01: // set_loc
        m->location = rp_read_encoded(r, m->encoding, m->header);
        break;
    case 0x02: // advance_loc1, 2, 4
        m->location += rp_read_fixed(r, 1) * m->code_unit;
        break;
    case 0x03:
        m->location += rp_read_fixed(r, 2) * m->code_unit;
        break;
    case 0x04:
        m->location += rp_read_fixed(r, 4) * m->code_unit;
        break;
    case 0x05: // offset_extended
        reg = rp_read_uleb(r);
        set_saved(m, reg, scaled(m, rp_read_uleb(r)));
        break;
    case 0x06: // restore_extended
        set_initial(m, rp_read_uleb(r));
        break;
    case 0x07: // undefined
        set_same(m, rp_read_uleb(r), true);
        break;
    case 0x08: // same_value
        set_same(m, rp_read_uleb(r), false);
        break;
    case 0x09: // register
        reg = rp_read_uleb(r);
        rp_read_uleb(r);
        set_hard(m, reg);
        break;
    case 0x0a: // remember_state
        if (m->depth == RP_CFI_REMEMBERED)
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
        reg = rp_read_uleb(r);
        set_cfa(m, reg, (int64_t)rp_read_uleb(r));
        break;
    case 0x0d: // def_cfa_register
        m->row.cfa_register = rp_read_uleb(r);
        break;
    case 0x0e: // def_cfa_offset
        m->row.cfa_offset = (int64_t)rp_read_uleb(r);
        break;
    case 0x0f: // def_cfa_expression
        m->row.cfa_is =
            read_at_bp(m, true, &m->row.cfa_offset) ? CFA_AT_BP : CFA_HARD;
        break;
    case 0x10: // expression
        set_expression(m, rp_read_uleb(r));
        break;
    case 0x11: // offset_extended_sf
        reg = rp_read_uleb(r);
        set_saved(m, reg, scaled(m, (uint64_t)rp_read_sleb(r)));
        break;
    case 0x12: // def_cfa_sf
        reg = rp_read_uleb(r);
        set_cfa(m, reg, scaled(m, (uint64_t)rp_read_sleb(r)));
        break;
    case 0x13: // def_cfa_offset_sf
        m->row.cfa_offset = scaled(m, (uint64_t)rp_read_sleb(r));
        break;
    case 0x14: // val_offset
    case 0x15: // val_offset_sf
        reg = rp_read_uleb(r);
        rp_read_uleb(r);
        set_hard(m, reg);
        break;
    case 0x16: // val_expression
        reg = rp_read_uleb(r);
        rp_read_skip(r, rp_read_uleb(r));
        set_hard(m, reg);
        break;
    case 0x2e: // GNU_args_size
        rp_read_uleb(r);
        break;
    default:
        r->bad = true;
    }
}

void rp_cfi_run(struct rp_cfi_machine *m) {
    struct rp_reader *r = &m->code;

    while (!r->bad && r->at < r->end && m->location <= m->pc) {
        uint8_t code = (uint8_t)rp_read_fixed(r, 1);
        uint8_t low = code & 0x3f;
        switch (code >> 6) {
        case 1:
            m->location += low * m->code_unit;
            break;
        case 2:
            set_saved(m, low, scaled(m, rp_read_uleb(r)));
            break;
        case 3:
            set_initial(m, low);
            break;
        default:
            run_other(m, code);
        }
    }
}

struct rp_rule rp_cfi_made(const struct rp_cfi_machine *m) {
    const struct rp_cfi_row *row = &m->row;
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
    if (row->cfa_register == RP_DW_REG_SP)
        rule.kind = RP_RULE_SP;
    else if (row->cfa_register == RP_DW_REG_BP)
        rule.kind = RP_RULE_BP;
    return rule;
}
