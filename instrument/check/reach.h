// reach.h - which blocks the program can still get at.
//
// Conservative: any word of the program's memory that is an address in a block
// counts as a pointer to it. Where words are looked at: registers and stacks
// of all threads, what is thread-local, and every private mapping that can be
// written and is not the heap's or ours. From there on, through blocks.
#ifndef RP_INSTRUMENT_CHECK_REACH_H
#define RP_INSTRUMENT_CHECK_REACH_H

#include "instrument/check/table.h"

enum rp_reach {
    RP_REACH_NOT,  // nothing leads to it
    RP_REACH_LOST, // only what is lost leads to it
    RP_REACH_FULLY,
};

// Looks, with all other threads stopped, and calls `each` for every live block.
// sp: what is below it on the caller's stack is not the program's: functions of
// ours, and what is left there of those that have returned. each may not
// allocate. false: threads cannot be stopped, or there is no
// memory.
bool rp_reach_look(uint64_t sp,
                   void (*each)(const struct rp_check_span *span,
                                const struct rp_check_block *block,
                                enum rp_reach reach, void *context),
                   void *context);

#endif
