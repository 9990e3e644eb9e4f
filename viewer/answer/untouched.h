// untouched.h - what of the live blocks is not in memory.
//
// By the last sample of residency up to the moment; blocks that came after it
// do not count. What was never touched (or given back behind the allocator's
// back) was asked for in vain; what the system has moved to swap nobody has
// used for long.
#ifndef RPSCOPE_ANSWER_UNTOUCHED_H
#define RPSCOPE_ANSWER_UNTOUCHED_H

#include "viewer/answer/answer.h"
#include "viewer/answer/table.h"

// Fills untouched_bytes of all sites, and of the answer. After the sites.
void untouched_fill(struct answer *answer);

// The same by site, with what is in swap; made when asked for.
extern const struct data_table untouched_table;

#endif
