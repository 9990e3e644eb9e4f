// keepers.h - what keeps all that is held and not used.
//
// Each byte of it has one keeper: a live block, a size class, a free that its
// owner has not taken back, a cache, a segment, or the allocator's own tables.
// They add up to held - used. Counted from the spans alone, as heap/recount.h
// counts the parts.
#ifndef RPSCOPE_ANSWER_KEEPERS_H
#define RPSCOPE_ANSWER_KEEPERS_H

#include "viewer/answer/answer.h"

// After the sites and the heaps.
void keepers_fill(struct answer *answer);

#endif
