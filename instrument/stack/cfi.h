// cfi.h - how to step from a frame to its caller, out of the unwind tables.
//
// Of what .eh_frame can say, only this is understood: the frame's address (CFA)
// is the stack pointer or rbp plus a constant, or, in functions that realign
// their stack, the word at rbp plus a constant; the return address lies below
// the CFA; rbp is unchanged or saved at a constant distance from the CFA.
// That is nearly all compiled code. The rest is told as hard.
#ifndef RP_INSTRUMENT_STACK_CFI_H
#define RP_INSTRUMENT_STACK_CFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rp_rule_kind {
    RP_RULE_NONE,    // not looked up
    RP_RULE_SP,      // CFA = sp + cfa
    RP_RULE_BP,      // CFA = bp + cfa
    RP_RULE_AT_BP,   // CFA = the word at bp + cfa; bp is saved at bp
    RP_RULE_END,     // the outermost frame
    RP_RULE_SILENT,  // code of a known file, of which the tables say nothing
    RP_RULE_NOWHERE, // in no known file
    RP_RULE_HARD,    // said in a way that is not understood here
};

struct rp_rule {
    enum rp_rule_kind kind;
    int32_t cfa;    // a multiple of 8
    uint32_t bp;    // saved at CFA - bp, a multiple of 8; 0: not saved
    bool is_loader; // code of the loader
};

enum {
    RP_RULE_CFA_MOST = 8 << 18, // what is farther is hard
    RP_RULE_BP_MOST = 8 * 63,
};

// The rule for the instruction at `pc`, of the file that is mapped there. Takes
// no lock, allocates nothing. Any thread, signal handlers too.
struct rp_rule rp_cfi_rule(uint64_t pc);

// Whether there is a mapped file at `pc`, in the same way.
bool rp_cfi_is_file(uint64_t pc);

// The rule, from a table of unwind information, as a file's .eh_frame_hdr names
// it, that lies within [start, end). kind is SP..SILENT or HARD. Whatever
// is read lies within, also if the table is damaged.
struct rp_rule rp_cfi_read(uint64_t pc, const uint8_t *header,
                           const uint8_t *start, const uint8_t *end);

#endif
