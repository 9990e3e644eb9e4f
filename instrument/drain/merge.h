// merge.h - the events of all rings, in the order of time, into the state of
// all heaps.
#ifndef RP_INSTRUMENT_DRAIN_MERGE_H
#define RP_INSTRUMENT_DRAIN_MERGE_H

#include "instrument/drain/heap_state.h"
#include "instrument/shm/own.h"

// How far.
struct rp_merge_to {
    // In ticks: no event after `cut` is applied, and those up to `least` are.
    // Between them, as many as it takes for `kept` slots to be left.
    uint64_t least, cut;
    uint64_t kept;
    // Only what the drainer has written into the trace, as it has noted at the
    // rings. Else what is applied does not count as events of the trace.
    bool written;
};

// Applies events that are published, and gives the space back. What has led to
// them is not after the cut either and was published before, if the cut was
// taken before the call. Returns whether there was anything.
// A moment may lie before an earlier one; then nothing happens.
bool rp_merge(struct rp_heap_state *heaps, const struct rp_shm *shm,
              const struct rp_merge_to *to);

// The moment `cut`, or a later one if what came after it would take more than
// so many eighths of a ring.
uint64_t rp_merge_cut(const struct rp_shm *shm, uint64_t cut, unsigned eighths);

#endif
