// cfi.h - how to step from a frame to its caller, out of the unwind tables.
//
// Of what .eh_frame can say, only this is understood: the frame's address (CFA)
// is the stack pointer or rbp plus a constant, or, in functions that realign
// their stack, the word at rbp plus a constant; the return address lies below
// the CFA; rbp is unchanged or saved at a constant distance from the CFA.
// That is nearly all compiled code. The rest is told as hard.
#ifndef RP_INSTRUMENT_STACK_CFI_H
#define RP_INSTRUMENT_STACK_CFI_H

#include "instrument/stack/rule.h"

#include <stdbool.h>
#include <stdint.h>

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
