// purge.c - fulfils purge.h.
#include "core/span/purge.h"

#include "core/memory/huge_memory.h"
#include "core/memory/surplus.h"
#include "core/span/segment.h"

int rp_purge_is_forced;

// What a purge could not give back, since embedders take whole segments only,
// and huge units are not taken to pieces for little: the next one waits until
// there is more.
static _Atomic(size_t) purged_in_vain; // bytes
enum { VAIN_BYTES = 4 * SPAN_BYTES };

void rp_purge_surplus(uint32_t heap) {
    size_t kept = rp_segment_surplus();
    size_t stays = load_relaxed(&purged_in_vain);

    if (kept < stays)
        store_relaxed(&purged_in_vain, kept);
    if (rp_purge_is_forced || kept <= rp_surplus_worth(rp_segment_in_use()) ||
        kept <= stays + VAIN_BYTES)
        return;
    // A quarter at once, so that the next purge is a while away.
    size_t worth = rp_surplus_worth(rp_segment_in_use());
    rp_segment_purge(worth - worth / 4, heap);
    size_t before = kept;
    kept = rp_segment_surplus();
    rp_surplus_purged(before > kept ? before - kept : 0, rp_segment_in_use());
    store_relaxed(&purged_in_vain, kept > worth ? kept : 0);
}

void rp_purge_to_floor(uint32_t heap) {
    size_t floor = rp_surplus_floor(rp_segment_in_use());

    if (!rp_purge_is_forced && rp_segment_surplus() > floor)
        rp_segment_purge(floor, heap);
}

void rp_purge_worked(size_t blocks, uint32_t heap) {
    size_t kept = rp_segment_surplus();
    size_t keep = rp_surplus_worked(blocks, kept, rp_segment_in_use());

    if (rp_purge_is_forced || keep >= kept)
        return;
    rp_segment_purge(keep, heap);
    size_t after = rp_segment_surplus();
    rp_surplus_let_go(kept > after ? kept - after : 0);
}

void rp_purge_huge_taken(size_t spans, int is_new) {
    rp_surplus_taken(spans, is_new ? spans : 0, rp_segment_surplus());
}

size_t rp_purge_room(size_t taken) {
    size_t worth = rp_huge_memory_is_missed() ? rp_surplus_worth(taken)
                                              : rp_surplus_floor(taken);
    size_t dirty = rp_segment_dirty_bytes();

    if (rp_purge_is_forced)
        return SIZE_MAX;
    return worth > dirty ? worth - dirty : 0;
}

void rp_purge_reset(void) {
    rp_surplus_reset();
    store_relaxed(&purged_in_vain, 0); // relaxed: the caller is alone
}
