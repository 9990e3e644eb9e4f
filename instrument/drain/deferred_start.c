// deferred_start.c - a recording that starts late, and pauses again.
//
// Until the start, and in later pauses, what happens goes into a shadow, and
// nothing is written but snapshots. While it is recorded, events are written
// first, and stay in their rings until the shadow has them, too.
#include "instrument/drain/merge.h"
#include "instrument/os/clock.h"
#include "instrument/drain/drainer_parts.h"

#include <errno.h>

// How much of a ring may be kept. Of time, as much as leaves its producer the
// half for which it asks nobody; of a size, more, as that is what is bought.
enum { EIGHTHS = 3, BUSY_EIGHTHS = 6 };

// ---- while it is paused ----

// The ticks at the last look before the newest event of any ring came. So as
// long as nothing happens, as after a death that nobody has noticed, it stays.
static uint64_t newest(struct rp_drainer *drainer, uint64_t now) {
    const struct rp_ring *ring = rp_shared_rings(&drainer->shm);
    uint64_t heads = 0;

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring))
        heads += rp_ring_head(ring);
    if (heads != drainer->heads)
        drainer->newest = drainer->looked;
    drainer->heads = heads;
    drainer->looked = now;
    return drainer->newest;
}

// How far the shadow is to come.
static struct rp_catch_up_to how_far(struct rp_drainer *drainer) {
    const struct rp_shared *shared = drainer->shared;
    uint64_t base = shared->base_ticks, cut = base;
    uint64_t ns = rp_drainer_ns(drainer), now = rp_drainer_now(drainer);

    if (!rp_shared_keeps_last(shared))
        return (struct rp_catch_up_to){.least = now, .cut = now};
    if (shared->last_bytes != 0)
        return (struct rp_catch_up_to){
            .least = rp_catch_up_cut(&drainer->shm, base, BUSY_EIGHTHS),
            .cut = now,
            .kept = shared->last_bytes / sizeof(struct rp_slot)};
    uint64_t end = newest(drainer, now);
    uint64_t kept = (uint64_t)((double)(now - base) / (double)(ns + 1) *
                               (double)shared->last_ns);
    if (end > base && end - base > kept)
        cut = end - kept;
    cut = rp_catch_up_cut(&drainer->shm, cut, EIGHTHS);
    return (struct rp_catch_up_to){.least = cut, .cut = cut};
}

static bool catch_up(struct rp_drainer *drainer,
                     const struct rp_catch_up_to *to) {
    bool found = rp_catch_up(drainer->shadow, &drainer->shm, to);

    if (drainer->shadow->broken)
        drainer->file.error = ENOMEM;
    return found;
}

bool rp_late_look_on(struct rp_drainer *drainer) {
    if (drainer->shadow == NULL) { // the one who has kept it has died
        drainer->stops = true;
        return false;
    }
    struct rp_catch_up_to to = how_far(drainer);
    return catch_up(drainer, &to);
}

void rp_late_keep_up(struct rp_drainer *drainer, uint64_t cut) {
    struct rp_catch_up_to to = {.least = cut, .cut = cut};

    catch_up(drainer, &to);
}

void rp_late_start(struct rp_drainer *drainer) {
    struct rp_shared *shared = drainer->shared;

    if (drainer->shadow == NULL)
        return;
    rp_late_look_on(drainer);
    rp_state_write(drainer);
    if (rp_shared_keeps_last(shared)) {
        rp_shadow_free(drainer->shadow);
        drainer->shadow = NULL;
    }
    store_relaxed(&shared->paused, 0); // relaxed: for whoever comes after me
}

// ---- while it is not ----

static void write_ring(struct rp_drainer *drainer, struct rp_ring *ring,
                       uint64_t cut) {
    struct rp_ring_mark mark = rp_ring_mark(ring);
    uint64_t at = mark.tail, head = rp_ring_head(ring);
    struct rp_record record;
    bool more = true;

    // What comes after a snapshot does not stand before it.
    if (ring->drained.steps < drainer->shared->drained.start)
        ring->drained.steps = drainer->shared->drained.start;
    while (more && at < head && drainer->file.error == 0 &&
           rp_drainer_has_space(drainer)) {
        rp_encoder_begin(&drainer->encoder, UINT64_MAX);
        while (at < head && drainer->encoder.events < RP_BLOCK_EVENTS) {
            unsigned slots = rp_record_read(ring, at, &record);
            more = (int64_t)(record.ticks - cut) <= 0;
            if (!more)
                break;
            at += slots;
            rp_drainer_add(drainer, &record, &ring->drained.steps);
        }
        if (drainer->encoder.events > 0)
            rp_drainer_end_block(drainer, ring->number, mark.sequence);
        mark.sequence += drainer->encoder.events;
    }
    ring->drained.written_to = at;
}

void rp_late_write(struct rp_drainer *drainer, uint64_t cut) {
    struct rp_ring *ring = rp_shared_rings(&drainer->shm);

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring))
        write_ring(drainer, ring, cut);
}

void rp_late_step_to(struct rp_drainer *drainer, uint64_t cut) {
    struct rp_catch_up_to to = {.least = cut, .cut = cut, .written = true};

    rp_late_write(drainer, cut);
    catch_up(drainer, &to);
    rp_tally_settle(&drainer->tally,
                    (cut - drainer->shared->base_ticks) >> drainer->shift);
}

bool rp_late_step(struct rp_drainer *drainer, bool all, bool ends) {
    const struct rp_ring *ring = rp_shared_rings(&drainer->shm);
    uint64_t ns = rp_drainer_ns(drainer);
    bool due = all || ns - drainer->stepped_ns > RP_HOLD_NS, found = false;

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
        uint64_t pending = rp_ring_head(ring) - rp_ring_mark(ring).tail;
        found |= pending > 0;
        due |= pending > rp_ring_room(ring) / 8 * 3;
    }
    if (due && found) {
        uint64_t cut = drainer->stops ? drainer->cut
                       : ends         ? rp_clock_now_ordered()
                                      : rp_drainer_now(drainer);
        drainer->stepped_ns = ns;
        rp_late_step_to(drainer, cut);
    }
    return found;
}

void rp_late_pause(struct rp_drainer *drainer) {
    rp_late_step_to(drainer, rp_clock_now_ordered());
    rp_drainer_tell_news(drainer);
    rp_tally_settle(&drainer->tally, UINT64_MAX);
    rp_drainer_tell(drainer, TRACE_EVENT_PAUSE, drainer->tally.held, 0);
    rp_drainer_sample_clock(drainer);
    // relaxed: for whoever comes after me
    store_relaxed(&drainer->shared->paused, 1);
}
