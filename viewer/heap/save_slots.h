// save_slots.h - the slots of a span in few bytes: each as what differs from
// the one before it.
#ifndef RPSCOPE_HEAP_SAVE_SLOTS_H
#define RPSCOPE_HEAP_SAVE_SLOTS_H

#include "viewer/base/pack.h"
#include "viewer/heap/spans.h"

// Those that are told of. What a free slot had asked for is not kept: nobody
// asks for it.
void save_slots(const struct span *span, struct pool *pool, struct pack *pack);
// Into a span that has none, but says how many are told of. False: the bytes
// are not those of slots.
bool restore_slots(struct span *span, struct pool *pool, struct pack *pack);

#endif
