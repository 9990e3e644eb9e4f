// inherited.h - where an event begins, in a process that may be a forked child.
//
// The recording of a child begins with an event of a block, never with another
// one: then core is in the middle of nothing and can be asked for its state,
// which the child has inherited and tells first.
#ifndef RP_INSTRUMENT_CAPTURE_INHERITED_H
#define RP_INSTRUMENT_CAPTURE_INHERITED_H

#include "instrument/capture/enter.h"

// The producer for the first event of a child, which is of a block; before it,
// all that lives is told. skips: the block counts as live already. NULL:
// nothing is recorded.
struct rp_producer *rp_enter_inherited(bool skips, uint32_t span,
                                       uint32_t block);

static inline bool rp_enter_is_first(void) {
    return RP_UNLIKELY(rp_producer_is_fresh(rp_producer_mine));
}

// The producer for an event of a block. skips: as above.
static inline struct rp_producer *rp_enter_block(bool skips, uint32_t span,
                                                 uint32_t block) {
    if (rp_enter_is_first() && rp_enter_inherits())
        return rp_enter_inherited(skips, span, block);
    return rp_enter();
}

// The producer for any other event; NULL too when a child has yet to begin.
static inline struct rp_producer *rp_enter_other(void) {
    if (rp_enter_is_first() && rp_enter_inherits())
        return NULL;
    return rp_enter();
}

#endif
