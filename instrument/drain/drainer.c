// drainer.c - see drainer.h.
#include "instrument/os/clock.h"
#include "instrument/drain/drainer_parts.h"
#include "instrument/write/finish.h"
#include "instrument/shm/spill.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

enum {
    STEP_NS = 25,             // about
    CALIBRATION_NS = 1000000, // at least, between the two looks at the clocks
    NAME_NS = 1000000000,     // between two looks at the threads' names
    SAMPLE_NS = 1000000000,   // between two clock samples
    END_BYTES = 96 << 10,     // of the file, kept for a block and the end
    SLOT_BYTES = 3,           // of the file, for a slot of a ring
    TURN_SLOTS = 1 << 20,     // of a ring, in a pass
};

// ---- time ----

static uint64_t now_ns(const struct rp_drainer *drainer) {
    return rp_clock_monotonic() - drainer->shared->base_ns;
}

static uint64_t now_steps(const struct rp_drainer *drainer) {
    return (rp_clock_now() - drainer->shared->base_ticks) >> drainer->shift;
}

// Chooses steps of a power of two of ticks, once in a process.
static void calibrate(struct rp_drainer *drainer) {
    static unsigned known;
    struct rp_shared *shared = drainer->shared;
    uint64_t ns, ticks;

    if (known != 0) {
        drainer->shift = shared->drained.shift = known;
        return;
    }
    do {
        rp_system_wait(&shared->stop, 0, CALIBRATION_NS);
        ns = now_ns(drainer);
        ticks = rp_clock_now() - shared->base_ticks;
    } while (ns < CALIBRATION_NS);
    while (ticks * STEP_NS / ns >> (drainer->shift + 1) != 0)
        drainer->shift++;
    known = shared->drained.shift = drainer->shift;
}

static void sample_clock(struct rp_drainer *drainer) {
    // The step that belongs to the middle of the look at the other clock.
    uint64_t before = now_steps(drainer);
    uint64_t ns = now_ns(drainer);
    uint64_t after = now_steps(drainer);
    struct trace_clock_sample sample = {before + (after - before) / 2, ns};

    drainer->sampled_ns = ns;
    rp_file_plain_block(&drainer->file, TRACE_CLOCK, &sample, sizeof sample);
}

// ---- events ----

// The time of an event; *last: of the one before in its ring.
static inline uint64_t time_of(const struct rp_drainer *drainer, uint64_t ticks,
                               bool crosses, uint64_t *last) {
    int64_t since = (int64_t)(ticks - drainer->base_ticks);
    uint64_t time = since < 0 ? 0 : (uint64_t)since >> drainer->shift;

    time += crosses;
    if (time < *last)
        time = *last;
    *last = time;
    return time;
}

// Adds an event to the block.
static void add_event(struct rp_drainer *drainer,
                      const struct rp_record *record, uint64_t *last) {
    uint64_t values[TRACE_MAX_FIELDS];
    bool crosses = rp_record_crosses(record->type, record->a);
    uint64_t time = time_of(drainer, record->ticks, crosses, last);

    rp_record_values(record, values);
    rp_tables_translate(&drainer->tables, record, values);
    rp_encoder_add(&drainer->encoder, record->type, time, values);
    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_ALIGNED:
    case TRACE_EVENT_REALLOC:
        rp_tally_block(&drainer->tally, record->a, +1);
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        rp_tally_block(&drainer->tally, record->a, -1);
        break;
    default:
        rp_tally_move(&drainer->tally, record, time);
        break;
    }
}

// The same for the next event in the ring, and at once for those that most are.
// Returns how many slots it has.
static inline unsigned add_next(struct rp_drainer *drainer,
                                const struct rp_ring *ring, uint64_t at,
                                uint64_t *last) {
    uint64_t time;
    struct rp_record head, whole;

    rp_record_head(ring, at, &head);
    switch (head.type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_REALLOC:
        rp_record_rest(ring, at, TRACE_EVENT_ALLOC, &head);
        time = time_of(drainer, head.ticks, false, last);
        rp_encoder_add_alloc(
            &drainer->encoder, head.type, time,
            rp_tables_stack(&drainer->tables, (uint32_t)head.c[1]), head.c[0],
            head.a, head.b);
        rp_tally_block(&drainer->tally, head.a, +1);
        return rp_record_slots(TRACE_EVENT_ALLOC);
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        time = time_of(drainer, head.ticks,
                       rp_record_crosses(head.type, head.a), last);
        rp_encoder_add_free(&drainer->encoder, head.type, time, head.a, head.b);
        rp_tally_block(&drainer->tally, head.a, -1);
        return rp_record_slots(TRACE_EVENT_FREE);
    default:
        rp_record_read(ring, at, &whole);
        add_event(drainer, &whole, last);
        return rp_record_slots(head.type);
    }
}

// Writes the block, and before it what it refers to.
static void end_block(struct rp_drainer *drainer, uint32_t ring,
                      uint64_t first_sequence) {
    struct rp_encoder *encoder = &drainer->encoder;
    struct trace_block_header header = {
        .kind = TRACE_EVENTS,
        .event_count = encoder->events,
        .ring = ring,
        .first_sequence = first_sequence,
        .first_time = encoder->first_time,
        .last_time = rp_encoder_last_time(encoder),
    };

    rp_tables_flush(&drainer->tables);
    rp_file_block(&drainer->file, &header, encoder->payload,
                  rp_encoder_finish(encoder));
    drainer->tally.events += encoder->events;
    rp_tally_point(&drainer->tally, rp_encoder_last_time(encoder));
}

// The drainer's own events go into ring 0, a block each.
static void tell(struct rp_drainer *drainer, unsigned type, uint64_t first,
                 uint64_t second) {
    uint64_t sequence = drainer->shared->drained.own_sequence++;
    uint64_t values[TRACE_MAX_FIELDS] = {first, second};
    uint64_t last = 0, time = time_of(drainer, rp_clock_now(), true, &last);

    rp_encoder_begin(&drainer->encoder, UINT64_MAX);
    rp_encoder_add(&drainer->encoder, type, time, values);
    end_block(drainer, 0, sequence);
}

// What the events of `ring` that are published so far can follow from in other
// rings is published, too. So where those are read to their ends, and their
// last event was at `last`, an event of the ring may be told to be earlier than
// it was, but for after `last`. UINT64_MAX: others are not read to their ends.
static uint64_t earliest(const struct rp_drainer *drainer,
                         const struct rp_ring *ring) {
    const struct rp_ring *other = rp_shared_rings(&drainer->shm);
    uint64_t last = drainer->shared->drained.start;

    for (; other != NULL; other = rp_shared_next(&drainer->shm, other)) {
        if (other != ring && rp_ring_head(other) != rp_ring_mark(other).tail)
            return UINT64_MAX;
        if (other != ring && other->drained.steps > last)
            last = other->drained.steps;
    }
    return last + 1;
}

// Whether the trace may have another block and, after it, its end.
static bool has_space(const struct rp_drainer *drainer) {
    uint64_t limit = drainer->shared->limit;

    return limit == 0 || drainer->file.bytes + END_BYTES <= limit;
}

// Up to head, or some events after `turn`.
static void drain(struct rp_drainer *drainer, struct rp_ring *ring,
                  uint64_t head, uint64_t turn) {
    struct rp_ring_mark mark = rp_ring_mark(ring);
    uint64_t tail = mark.tail, sequence = mark.sequence;
    uint64_t least = earliest(drainer, ring); // after head was read

    // What was published after a late start does not stand before it.
    if (ring->drained.steps < drainer->shared->drained.start)
        ring->drained.steps = drainer->shared->drained.start;
    drainer->file.hurry = (head - tail > rp_ring_room(ring) / 4 * 3) +
                          (head - tail > rp_ring_room(ring) / 16 * 15);
    while (tail < head && tail <= turn && drainer->file.error == 0 &&
           has_space(drainer)) {
        uint64_t end;
        const struct rp_ring *part =
            rp_spill_part(&drainer->shm, ring, tail, head, &end);
        if (tail >= end) { // it is there, and cannot be read
            drainer->file.error = EIO;
            break;
        }
        rp_encoder_begin(&drainer->encoder, least);
        while (tail < end && drainer->encoder.events < RP_BLOCK_EVENTS)
            tail += add_next(drainer, part, tail, &ring->drained.steps);
        end_block(drainer, ring->number, sequence);
        add_relaxed(&drainer->shared->beat, 1); // relaxed: a sign of life
        sequence += drainer->encoder.events;
        if (drainer->file.error == 0) {
            rp_ring_give_back(ring, tail, sequence);
            rp_spill_pass(&drainer->shm, ring, tail);
        }
    }
    drainer->file.hurry = 0;
    ring->drained.written = now_ns(drainer);
}

// ---- passes ----

struct pass {
    uint64_t ns;      // when it began
    uint64_t horizon; // steps: everything before is drained
    bool all;         // also what is little and new
    bool ends;        // there will be no other
    bool found;       // that there was something
};

// Where the events end that are not after the cut. What another thread had done
// before them is not after it either, and was published before it.
static uint64_t cut_off(const struct rp_drainer *drainer,
                        const struct rp_ring *ring, uint64_t head,
                        uint64_t cut) {
    uint64_t at = rp_ring_mark(ring).tail;

    while (at < head) {
        struct rp_record record;
        unsigned slots = rp_spill_read(&drainer->shm, ring, at, head, &record);
        if (slots == 0 || (int64_t)(record.ticks - cut) > 0)
            return at;
        at += slots;
    }
    return head;
}

static void visit(struct rp_drainer *drainer, struct rp_ring *ring,
                  struct pass *pass) {
    uint64_t head = rp_ring_head(ring), moment;

    if (drainer->stops)
        head = cut_off(drainer, ring, head, drainer->cut);
    else if (!pass->ends &&
             rp_command_is_moment(&drainer->shared->asked, &moment))
        head = cut_off(drainer, ring, head, moment);
    uint64_t pending = head - rp_ring_mark(ring).tail;

    if (pending == 0) {
        ring->drained.written = pass->ns;
        return;
    }
    pass->found = true;
    if (pass->all || pending > rp_ring_room(ring) / 8 * 3 ||
        pass->ns - ring->drained.written > RP_HOLD_NS) {
        // A spill is long; the others' turn comes meanwhile.
        drain(drainer, ring, head,
              pass->all ? head : rp_ring_mark(ring).tail + TURN_SLOTS);
        if (rp_ring_mark(ring).tail == head)
            return;
    }
    if (ring->drained.steps < pass->horizon)
        pass->horizon = ring->drained.steps;
}

static void tell_lost(struct rp_drainer *drainer, _Atomic uint64_t *lost,
                      uint64_t *told) {
    uint64_t now = load_relaxed(lost); // relaxed: a count

    if (now != *told) {
        tell(drainer, TRACE_EVENT_LOST, now - *told, 0);
        *told = now;
    }
}

static void tell_name(struct rp_drainer *drainer, struct rp_ring *ring) {
    // relaxed: at worst a name of a thread that has just ended
    uint32_t id = load_relaxed(&ring->thread);
    char name[16] = {0};

    if (id == 0 || ring->drained.named == rp_ring_mark(ring).tail)
        return;
    ring->drained.named = rp_ring_mark(ring).tail;
    rp_system_thread_name(drainer->shared->process, id, name);
    if (name[0] == 0 || strcmp(name, ring->drained.name) == 0)
        return;
    memcpy(ring->drained.name, name, sizeof name);
    tell(drainer, TRACE_EVENT_THREAD_NAME, id,
         rp_tables_text(&drainer->tables, name, strlen(name)));
}

// Of all threads. names: theirs, too.
static void tell_news(struct rp_drainer *drainer, bool names) {
    struct rp_shared *shared = drainer->shared;
    struct rp_ring *ring = rp_shared_rings(&drainer->shm);

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
        tell_lost(drainer, &ring->lost, &ring->drained.lost);
        if (names)
            tell_name(drainer, ring);
    }
    tell_lost(drainer, &shared->lost, &shared->drained.lost);
}

// ---- for the files beside this one ----

uint64_t rp_drainer_ns(const struct rp_drainer *drainer) {
    return now_ns(drainer);
}

void rp_drainer_sample_clock(struct rp_drainer *drainer) {
    sample_clock(drainer);
}

bool rp_drainer_has_space(const struct rp_drainer *drainer) {
    return has_space(drainer);
}

void rp_drainer_add(struct rp_drainer *drainer, const struct rp_record *record,
                    uint64_t *last) {
    add_event(drainer, record, last);
}

void rp_drainer_end_block(struct rp_drainer *drainer, uint32_t ring,
                          uint64_t first_sequence) {
    end_block(drainer, ring, first_sequence);
}

void rp_drainer_tell(struct rp_drainer *drainer, unsigned type, uint64_t first,
                     uint64_t second) {
    tell(drainer, type, first, second);
}

void rp_drainer_tell_news(struct rp_drainer *drainer) {
    tell_news(drainer, true);
}

void rp_drainer_drain_to(struct rp_drainer *drainer, uint64_t cut) {
    struct rp_ring *ring = rp_shared_rings(&drainer->shm);

    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
        uint64_t end = cut_off(drainer, ring, rp_ring_head(ring), cut);
        if (end != rp_ring_mark(ring).tail)
            drain(drainer, ring, end, end);
    }
}

// ---- looks ----

// Stops when what is in the rings would just fit.
static void keep_limit(struct rp_drainer *drainer) {
    const struct rp_ring *ring = rp_shared_rings(&drainer->shm);
    uint64_t waiting = 0;

    if (drainer->shared->limit == 0)
        return;
    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring))
        waiting += rp_ring_head(ring) - rp_ring_mark(ring).tail;
    if (drainer->file.bytes + waiting * SLOT_BYTES + 2 * END_BYTES >
        drainer->shared->limit)
        drainer->stops = drainer->limited = true;
}

bool rp_drainer_look(struct rp_drainer *drainer, bool all) {
    struct rp_shared *shared = drainer->shared;

    rp_shm_grow(&drainer->shm, drainer->shm_file);
    rp_spill_make(&drainer->shm);
    rp_drainer_obey(drainer);
    if (rp_drainer_is_paused(drainer) && rp_shared_keeps_last(shared) &&
        (all || drainer->stops))
        rp_late_start(drainer); // the end, so this is what is kept
    if (rp_drainer_is_paused(drainer))
        return rp_late_look_on(drainer);
    keep_limit(drainer);
    if (drainer->stops)
        drainer->cut = rp_clock_now(); // before any ring is looked at
    all |= drainer->stops;
    bool sample = rp_residency_is_due(drainer, all);
    struct pass pass = {.ns = now_ns(drainer),
                        .horizon = now_steps(drainer),
                        .all = all || sample,
                        .ends = all};
    all |= sample;
    struct rp_ring *ring = rp_shared_rings(&drainer->shm);
    bool name = all || pass.ns - drainer->named_ns >= NAME_NS;

    if (name)
        drainer->named_ns = pass.ns;
    if (drainer->shadow != NULL) {
        pass.found = rp_late_step(drainer, all, pass.ends);
        pass.horizon = 0; // that was seen to
    } else {
        for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
            // A thread that waits for its ring does not wait for all others.
            rp_shm_grow(&drainer->shm, drainer->shm_file);
            visit(drainer, ring, &pass);
        }
    }
    tell_news(drainer, name);
    rp_tally_settle(&drainer->tally, all ? UINT64_MAX : pass.horizon);
    if (sample)
        rp_residency_sample(drainer);
    if (pass.found && pass.ns - drainer->sampled_ns > SAMPLE_NS)
        sample_clock(drainer);
    // relaxed: for whoever asks how it goes
    store_relaxed(&shared->events,
                  drainer->earlier_events + drainer->tally.events);
    // With frequent samples there is always something to do.
    return pass.found || (shared->residency_ns != 0 &&
                          shared->residency_ns < RP_DRAINER_LONGEST_SLEEP_NS);
}

// ---- beginning and end ----

static bool start_mappings(struct rp_drainer *drainer) {
    if (drainer->shared->residency_ns == 0)
        return true;
    drainer->tally.mappings = &drainer->mappings;
    return rp_mappings_start(&drainer->mappings);
}

struct rp_drainer *rp_drainer_make(const struct rp_shm *shm, int shm_file,
                                   int file, uint64_t bytes, uint64_t events) {
    struct rp_drainer *drainer = rp_system_map(sizeof *drainer, RP_MAP_OWN);
    if (drainer == NULL)
        return NULL;

    drainer->shm = *shm;
    drainer->shared = rp_shared_of(shm);
    drainer->shm_file = shm_file;
    drainer->shift = drainer->shared->drained.shift;
    drainer->base_ticks = drainer->shared->base_ticks;
    drainer->goes_on = bytes != 0;
    drainer->earlier_events = events;
    if (rp_file_start(&drainer->file, file, bytes) &&
        rp_encoder_start(&drainer->encoder) &&
        rp_tables_start(&drainer->tables, &drainer->shm, &drainer->file) &&
        rp_tally_start(&drainer->tally, &drainer->shared->layout,
                       drainer->shared->classes) &&
        start_mappings(drainer) &&
        (!rp_drainer_is_paused(drainer) || drainer->goes_on ||
         (drainer->shadow = rp_shadow_make(&drainer->shared->layout,
                                           drainer->shared->classes)) != NULL))
        return drainer;
    drainer->shm.base = NULL; // still the caller's
    rp_drainer_free(drainer);
    return NULL;
}

void rp_drainer_free(struct rp_drainer *drainer) {
    rp_file_free(&drainer->file);
    rp_encoder_free(&drainer->encoder);
    rp_tables_free(&drainer->tables);
    rp_tally_free(&drainer->tally);
    rp_mappings_free(&drainer->mappings);
    if (drainer->shadow != NULL)
        rp_shadow_free(drainer->shadow);
    if (drainer->shm.base != NULL)
        rp_spill_close(&drainer->shm);
    rp_shm_close(&drainer->shm);
    rp_system_unmap(drainer, sizeof *drainer);
}

void rp_drainer_begin(struct rp_drainer *drainer) {
    struct trace_file_header header = drainer->shared->header;

    if (!drainer->goes_on) {
        rp_file_header(&drainer->file, &header);
        rp_tables_describe(&drainer->tables);
    }
    if (drainer->shared->drained.shift == 0)
        calibrate(drainer);
    sample_clock(drainer);
}

void rp_drainer_end(struct rp_drainer *drainer,
                    const struct rp_drainer_end *end) {
    struct rp_shared *shared = drainer->shared;

    if (drainer->file.error == 0) {
        sample_clock(drainer);
        rp_ending_write(drainer, end);
    }
    if (drainer->file.error != 0 || drainer->limited)
        rp_ending_complain(drainer);
    else if (shared->drops == 0)
        rp_ending_tell_lost(drainer);
    rp_system_close(drainer->file.file);
    if (drainer->shm_file >= 0)
        rp_system_close(drainer->shm_file);
    rp_spill_remove_rings(shared);
    store_release(&shared->ended, 1); // release [ended]: the trace is whole
    rp_system_wake(&shared->ended);
    // What was asked last is done if it was the end, and the trace is whole.
    rp_command_done(&shared->asked,
                    shared->asked.kind == RP_COMMAND_STOP ? drainer->file.error
                                                          : ECANCELED,
                    0, NULL);
}

void rp_drainer_abandon(struct rp_drainer *drainer) {
    rp_system_unlink(drainer->shared->trace);
    rp_system_close(drainer->file.file);
    if (drainer->shm_file >= 0)
        rp_system_close(drainer->shm_file);
}

void rp_drainer_run(void *context) {
    struct rp_drainer_end end = {TRACE_EXIT_NORMAL, -1};
    struct rp_drainer *drainer = context;
    struct rp_shared *shared = drainer->shared;
    uint64_t sleep_ns = RP_DRAINER_SLEEP_NS;
    bool stop = false;

    // Here and not before: on this thread SIGXFSZ is blocked.
    rp_drainer_begin(drainer);
    while (!stop && !drainer->stops && drainer->file.error == 0) {
        // relaxed: a producer that misses it is noticed by the time below
        store_relaxed(&shared->awake, 0);
        if (load_relaxed(&shared->stop) == 0) // relaxed: looked at below
            rp_system_wait(&shared->awake, 0, sleep_ns);
        store_relaxed(&shared->awake, 1); // relaxed: see above
        add_relaxed(&shared->beat, 1);    // relaxed: a sign of life
        // acquire [stop]: the last events of who asks
        stop = load_acquire(&shared->stop) != 0;
        if (rp_drainer_look(drainer, stop))
            sleep_ns = RP_DRAINER_SLEEP_NS;
        else if (sleep_ns < RP_DRAINER_LONGEST_SLEEP_NS)
            sleep_ns *= 2;
    }
    if (drainer->stops)
        end.exit_kind = TRACE_EXIT_STOPPED;
    rp_drainer_end(drainer, &end);
}
