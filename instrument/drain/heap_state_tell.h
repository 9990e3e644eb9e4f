// heap_state_tell.h - the state of all heaps as events.
#ifndef RP_INSTRUMENT_DRAIN_HEAP_STATE_TELL_H
#define RP_INSTRUMENT_DRAIN_HEAP_STATE_TELL_H

#include "instrument/drain/heap_state.h"

// First those of ring 0, then those that belong to the rings of threads, ring
// by ring. Their times are not set.
void rp_heap_state_tell(const struct rp_heap_state *heaps,
                        void (*tell)(void *context, uint32_t ring,
                                     const struct rp_record *record),
                        void *context);

#endif
