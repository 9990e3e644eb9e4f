// late.c - a recording that starts late: the state of all heaps, as events.
#include "instrument/catch_up.h"
#include "instrument/clock.h"
#include "instrument/drainer_parts.h"

#include <errno.h>

// Where the state goes: blocks of ring 0, then of each thread's.
struct late {
    struct rp_drainer *drainer;
    uint32_t ring;
};

static void count_as_drained(struct rp_drainer *drainer, uint32_t number,
                             uint32_t events) {
    // acquire [ring list]: all that is set when they are made
    for (uint64_t place = load_acquire(&drainer->shared->rings); place != 0;) {
        struct rp_ring *ring = rp_shared_ring(&drainer->arena, place);
        struct rp_ring_mark mark = rp_ring_mark(ring);
        if (ring->number == number)
            rp_ring_give_back(ring, mark.tail, mark.sequence + events);
        place = ring->next;
    }
}

static void write_late(struct late *late) {
    struct rp_drainer *drainer = late->drainer;
    uint64_t *own = &drainer->shared->drained.own_sequence;
    uint32_t events = drainer->encoder.events;

    if (events == 0)
        return;
    if (!rp_drainer_has_space(drainer))
        drainer->stops = drainer->limited = true;
    else if (drainer->file.error == 0)
        rp_drainer_end_block(drainer, late->ring, late->ring == 0 ? *own : 0);
    if (late->ring == 0)
        *own += events;
    else
        count_as_drained(drainer, late->ring, events);
    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
}

static void add_late(void *context, uint32_t ring,
                     const struct rp_record *record) {
    struct late *late = context;
    struct rp_drainer *drainer = late->drainer;
    struct rp_record now = *record;
    uint64_t last = drainer->shared->drained.start;

    if (ring != late->ring || drainer->encoder.events == RP_BLOCK_EVENTS)
        write_late(late);
    late->ring = ring;
    now.ticks = drainer->shared->base_ticks; // so that `last` is its time
    rp_drainer_add(drainer, &now, &last);
}

// The ticks at the last look before the newest event of any ring came. So as
// long as nothing happens, as after a death that nobody has noticed, it stays.
static uint64_t newest(struct rp_drainer *drainer, uint64_t now) {
    uint64_t heads = 0;

    // acquire [ring list]: all that is set when they are made
    for (uint64_t place = load_acquire(&drainer->shared->rings); place != 0;) {
        const struct rp_ring *ring = rp_shared_ring(&drainer->arena, place);
        heads += rp_ring_head(ring);
        place = ring->next;
    }
    if (heads != drainer->heads)
        drainer->newest = drainer->looked;
    drainer->heads = heads;
    drainer->looked = now;
    return drainer->newest;
}

// The moment up to which events are not to be written.
static uint64_t late_cut(struct rp_drainer *drainer) {
    const struct rp_shared *shared = drainer->shared;
    uint64_t base = shared->base_ticks, cut = base;
    uint64_t ns = rp_drainer_ns(drainer), now = rp_clock_now();

    if (shared->last_ns == 0)
        return now;
    uint64_t end = newest(drainer, now);
    uint64_t kept = (uint64_t)((double)(now - base) / (double)(ns + 1) *
                               (double)shared->last_ns);
    if (end > base && end - base > kept)
        cut = end - kept;
    return rp_catch_up_cut(&drainer->arena, cut);
}

void rp_late_start(struct rp_drainer *drainer) {
    struct rp_shared *shared = drainer->shared;
    struct late late = {drainer, 0};

    if (drainer->shadow == NULL)
        return;
    rp_catch_up(drainer->shadow, &drainer->arena, late_cut(drainer));
    shared->drained.start =
        (drainer->shadow->applied - shared->base_ticks) >> drainer->shift;
    rp_drainer_sample_clock(drainer);
    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
    rp_shadow_tell(drainer->shadow, add_late, &late);
    write_late(&late);
    if (drainer->shadow->broken)
        drainer->file.error = ENOMEM;
    rp_shadow_free(drainer->shadow);
    drainer->shadow = NULL;
    store_relaxed(&shared->paused, 0); // relaxed: for whoever comes after me
}

bool rp_late_look_on(struct rp_drainer *drainer) {
    if (drainer->shadow == NULL) { // the one who has kept it has died
        drainer->stops = true;
        return false;
    }
    bool found =
        rp_catch_up(drainer->shadow, &drainer->arena, late_cut(drainer));
    if (drainer->shadow->broken)
        drainer->file.error = ENOMEM;
    return found;
}
