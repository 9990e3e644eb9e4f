// catch_up.h - the events of all rings, in the order of time, into a shadow.
#ifndef RP_CATCH_UP_H
#define RP_CATCH_UP_H

#include "instrument/shadow.h"
#include "instrument/shared.h"

// Applies all that is published and not after `cut` (ticks), and gives the
// space back; as events of the trace these do not count. What has led to
// them is not after the cut either and was published before, if the cut was
// taken before the call. Returns whether there was anything.
// A moment may lie before an earlier one; then nothing happens.
bool rp_catch_up(struct rp_shadow *shadow, const struct rp_arena *arena,
                 uint64_t cut);

// The moment `cut`, or a later one if what came after it would leave a ring
// without enough room.
uint64_t rp_catch_up_cut(const struct rp_arena *arena, uint64_t cut);

#endif
