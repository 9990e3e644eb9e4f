// cfi_machine.h - the machine whose program tells how a frame changes.
//
// An entry of .eh_frame holds a program; its instructions say from which
// instruction of the function on the frame's address (CFA), rbp and the return
// address are found otherwise. Of what they can say, only what rule.h has is
// kept; the rest becomes "hard".
#ifndef RP_INSTRUMENT_STACK_CFI_MACHINE_H
#define RP_INSTRUMENT_STACK_CFI_MACHINE_H

#include "instrument/stack/dwarf_reader.h"
#include "instrument/stack/rule.h"

enum { RP_DW_REG_BP = 6, RP_DW_REG_SP = 7, RP_DW_REG_RETURN = 16 };

enum { RP_CFI_REMEMBERED = 8 };

struct rp_cfi_row {
    enum { CFA_REGISTER, CFA_AT_BP, CFA_HARD } cfa_is;
    uint64_t cfa_register;
    int64_t cfa_offset;
    enum { BP_SAME, BP_SAVED, BP_AT_BP, BP_HARD } bp_is;
    int64_t bp_offset;
    enum { RETURN_SAVED, RETURN_NONE, RETURN_HARD } return_is;
    int64_t return_offset;
};

struct rp_cfi_machine {
    struct rp_reader code;
    const uint8_t *header;
    uint64_t pc; // the program runs up to here
    uint64_t location;
    uint64_t code_unit;
    int64_t data_unit;
    uint8_t encoding;
    struct rp_cfi_row row, initial, remembered[RP_CFI_REMEMBERED];
    unsigned depth;
};

// Runs the program in `code` up to its end, or to what is beyond `pc`; what is
// not a program is bad code.
void rp_cfi_run(struct rp_cfi_machine *m);

// What the machine's row says, as a rule.
struct rp_rule rp_cfi_made(const struct rp_cfi_machine *m);

#endif
