// block.h - what the short way of a block (small.c) leaves over.
#ifndef RP_INSTRUMENT_CHECK_BLOCK_H
#define RP_INSTRUMENT_CHECK_BLOCK_H

#include "core/hook.h"

// As rp_check_give, of any pointer.
void *rp_block_give(void *pointer, const struct rp_return *how);

// Takes what was in the quarantine out of the hands of the checks: returns the
// block that core is to free. call: when that is.
void *rp_block_let_go(void *pointer, const char *call);
extern const char rp_block_too_many[] __attribute__((visibility("hidden")));

#endif
