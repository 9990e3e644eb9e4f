// state.c - a snapshot: the state of all heaps at one moment, as events.
//
// SNAPSHOT, then in ring 0 the state that a shadow has, then for each class how
// many blocks it has by the drainer's own count, for the reader to check its
// own by; at last, ring by ring, which threads there are.
#include "instrument/drain/drainer_parts.h"

#include <errno.h>

enum { CLASSES = 256, SPAN_PAGES = UINT32_MAX / RP_TALLY_PAGE + 1 };

// Where the state goes: blocks of ring 0, then of each thread's.
struct state {
    struct rp_drainer *drainer;
    uint32_t ring;
};

// What it will come to.
struct sum {
    uint64_t events; // of ring 0
    uint64_t held;
};

struct class_count {
    uint64_t spans, live;
};

static struct rp_ring *find_ring(const struct rp_drainer *drainer,
                                 uint32_t number) {
    struct rp_ring *ring = rp_shared_rings(&drainer->shm);

    while (ring != NULL && ring->number != number)
        ring = rp_shared_next(&drainer->shm, ring);
    return ring;
}

// Writes the block in the making, and begins another.
static void write_block(struct state *state) {
    struct rp_drainer *drainer = state->drainer;
    struct rp_ring *ring = find_ring(drainer, state->ring);
    uint64_t *own = &drainer->shared->drained.own_sequence;
    uint32_t events = drainer->encoder.events;
    struct rp_ring_mark mark = {0, *own};

    if (events == 0)
        return;
    if (ring != NULL)
        mark = rp_ring_mark(ring);
    if (!rp_drainer_has_space(drainer))
        drainer->stops = drainer->limited = true;
    else if (drainer->file.error == 0)
        rp_drainer_end_block(drainer, state->ring, mark.sequence);
    if (ring != NULL)
        rp_ring_give_back(ring, mark.tail, mark.sequence + events);
    else
        *own += events;
    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
}

static void enter_ring(struct state *state, uint32_t ring) {
    if (ring != state->ring ||
        state->drainer->encoder.events == RP_BLOCK_EVENTS)
        write_block(state);
    state->ring = ring;
}

// An event of the drainer's own, at the moment of the snapshot.
static void add_own(struct state *state, unsigned type,
                    const uint64_t values[TRACE_MAX_FIELDS]) {
    struct rp_drainer *drainer = state->drainer;

    enter_ring(state, 0);
    rp_encoder_add(&drainer->encoder, type, drainer->shared->drained.start,
                   values);
}

static void add_event(void *context, uint32_t ring,
                      const struct rp_record *record) {
    struct state *state = context;
    struct rp_drainer *drainer = state->drainer;
    struct rp_record now = *record;
    uint64_t last = drainer->shared->drained.start;

    enter_ring(state, ring);
    now.ticks = drainer->shared->base_ticks; // so that `last` is its time
    rp_drainer_add(drainer, &now, &last);
}

static void add_up(void *context, uint32_t ring,
                   const struct rp_record *record) {
    struct sum *sum = context;

    sum->events += ring == 0;
    switch (record->type) {
    case TRACE_EVENT_SEGMENT_MAP:
    case TRACE_EVENT_HUGE_MAP:
    case TRACE_EVENT_BOOKKEEPING_MAP:
        sum->held += record->c[1];
        break;
    case TRACE_EVENT_SPAN_DECOMMIT:
        sum->held -= record->c[1];
        break;
    default:
        break;
    }
}

// ---- the classes ----

// Of the classes with blocks of that size, the first.
static unsigned class_of(const struct rp_drainer *drainer, uint32_t number,
                         uint64_t unit) {
    const struct rp_shared *shared = drainer->shared;

    if ((number & RP_HUGE_BIT) != 0)
        return TRACE_CLASS_HUGE;
    for (uint32_t i = 0; i < shared->layout.class_count; i++) {
        if (shared->classes[i].block_bytes == unit)
            return i;
    }
    return TRACE_CLASS_LARGE;
}

static void tell_classes(struct state *state) {
    const struct rp_tally *tally = &state->drainer->tally;
    struct class_count counts[CLASSES] = {{0, 0}};
    uint64_t told = 0;

    for (uint32_t page = 0; page < SPAN_PAGES; page++) {
        const struct rp_tally_span *spans = tally->spans[page];
        for (uint32_t i = 0; spans != NULL && i < RP_TALLY_PAGE; i++) {
            if (spans[i].blocks <= 0)
                continue;
            uint32_t number = page * RP_TALLY_PAGE + i;
            struct class_count *count =
                &counts[class_of(state->drainer, number, spans[i].unit)];
            count->spans++;
            count->live += (uint64_t)spans[i].blocks;
        }
    }
    for (unsigned i = 0; i < CLASSES; i++) {
        if (counts[i].live == 0)
            continue;
        add_own(
            state, TRACE_EVENT_SNAPSHOT_CLASS,
            (uint64_t[TRACE_MAX_FIELDS]){i, counts[i].spans, counts[i].live});
        told++;
    }
    add_own(state, TRACE_EVENT_SNAPSHOT_END,
            (uint64_t[TRACE_MAX_FIELDS]){told});
}

// ---- snapshots ----

// The moment, after all that is written so far.
static void set_moment(struct rp_drainer *drainer, uint64_t time) {
    const struct rp_ring *ring = rp_shared_rings(&drainer->shm);

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
        if (ring->drained.steps >= time)
            time = ring->drained.steps + 1;
    }
    if (drainer->shared->drained.start > time)
        time = drainer->shared->drained.start;
    drainer->shared->drained.start = time;
}

static void begin(struct state *state, uint64_t events, uint64_t held) {
    struct rp_drainer *drainer = state->drainer;

    rp_drainer_sample_clock(drainer);
    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
    add_own(state, TRACE_EVENT_SNAPSHOT,
            (uint64_t[TRACE_MAX_FIELDS]){++drainer->shared->drained.snapshots,
                                         events, held});
}

static void end(struct state *state) {
    write_block(state);
    state->drainer->shared->drained.start++; // for what comes after it
}

void rp_state_write(struct rp_drainer *drainer) {
    struct rp_shared *shared = drainer->shared;
    struct rp_shadow *shadow = drainer->shadow;
    struct rp_tally *tally = &drainer->tally;
    struct state state = {drainer, 0};
    struct sum sum = {0, 0};

    set_moment(drainer,
               (shadow->applied - shared->base_ticks) >> drainer->shift);
    if (drainer->has_state)
        rp_tally_forget(tally);
    drainer->has_state = true;
    uint64_t peak_held = tally->peak_held, peak_in_use = tally->peak_in_use;
    uint64_t peak_held_time = tally->peak_held_time;
    uint32_t point_count = tally->point_count;
    rp_shadow_tell(shadow, add_up, &sum);
    begin(&state, sum.events, sum.held);
    rp_shadow_tell(shadow, add_event, &state);
    // While it is being told it is not true yet: only what it comes to counts.
    rp_tally_settle(tally, shared->drained.start + 1);
    tally->peak_held = peak_held;
    tally->peak_held_time = peak_held_time;
    tally->peak_in_use = peak_in_use;
    if (tally->held > peak_held) {
        tally->peak_held = tally->held;
        tally->peak_held_time = shared->drained.start;
    }
    if (tally->in_use > peak_in_use)
        tally->peak_in_use = tally->in_use;
    tally->point_count = point_count;
    rp_tally_point(tally, shared->drained.start);
    tell_classes(&state);
    end(&state);
    if (shadow->broken)
        drainer->file.error = ENOMEM;
}

void rp_state_note(struct rp_drainer *drainer, uint64_t time) {
    struct rp_tally *tally = &drainer->tally;
    struct state state = {drainer, 0};

    set_moment(drainer, time);
    rp_tally_settle(tally, drainer->shared->drained.start);
    begin(&state, 0, drainer->goes_on ? 0 : tally->held);
    if (!drainer->goes_on) // else it does not know what was before
        tell_classes(&state);
    end(&state);
}
