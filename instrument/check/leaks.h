// leaks.h - blocks that nothing leads to, and where that is asked for those
// that something does, by where they were made.
#ifndef RP_INSTRUMENT_CHECK_LEAKS_H
#define RP_INSTRUMENT_CHECK_LEAKS_H

#include <stdbool.h>
#include <stdint.h>

// Looks for them and tells each site's; returns how many sites have blocks that
// nothing leads to, -1: they were not looked for. call: when that is. sp: as
// rp_reach_look has it. is_end: what was told may change the exit code.
// Allocates nothing and waits for no lock; of two threads that look at once,
// one gets -1.
int rp_leaks_tell(const char *call, uint64_t sp, bool is_end);

#endif
