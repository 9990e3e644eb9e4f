// drainer.c - see drainer.h.
#include "instrument/drainer.h"

#include "core/atomic.h"
#include "instrument/clock.h"
#include "instrument/line.h"
#include "instrument/stack_facts.h"
#include "instrument/system.h"
#include "instrument/thread.h"

#include <string.h>

enum {
    STEP_NS = 25,             // about
    CALIBRATION_NS = 1000000, // at least, between the two looks at the clocks
    SLEEP_NS = 5000000,
    LONGEST_SLEEP_NS = 100000000,
    HOLD_NS = 100000000,    // an event waits no longer before it is written
    VISIT_NS = 100000000,   // between two looks for threads that have ended
    NAME_NS = 1000000000,   // between two looks at the threads' names
    SAMPLE_NS = 1000000000, // between two clock samples
};

// ---- time ----

static uint64_t now_ns(const struct rp_drainer *drainer) {
    return rp_clock_monotonic() - drainer->recorder->base_ns;
}

static uint64_t now_steps(const struct rp_drainer *drainer) {
    return (rp_clock_now() - drainer->recorder->base_ticks) >> drainer->shift;
}

// Chooses steps of a power of two of ticks.
static void calibrate(struct rp_drainer *drainer) {
    struct rp_recorder *recorder = drainer->recorder;
    uint64_t ns, ticks;

    do {
        rp_system_wait(&recorder->stop, 0, CALIBRATION_NS);
        ns = now_ns(drainer);
        ticks = rp_clock_now() - recorder->base_ticks;
    } while (ns < CALIBRATION_NS);
    while (ticks * STEP_NS / ns >> (drainer->shift + 1) != 0)
        drainer->shift++;
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
static uint64_t time_of(const struct rp_drainer *drainer,
                        const struct rp_record *record, uint64_t *last) {
    int64_t ticks = (int64_t)(record->ticks - drainer->recorder->base_ticks);
    uint64_t time = ticks < 0 ? 0 : (uint64_t)ticks >> drainer->shift;

    time += rp_record_crosses(record->type, record->a);
    if (time > *last)
        *last = time;
    return *last;
}

static void add_other_event(struct rp_drainer *drainer,
                            const struct rp_record *record, uint64_t time) {
    uint64_t values[TRACE_MAX_FIELDS];

    rp_record_values(record, values);
    rp_tables_translate(&drainer->tables, record, values);
    rp_encoder_add(&drainer->encoder, record->type, time, values);
    if (record->type == TRACE_EVENT_ALIGNED)
        rp_tally_block(&drainer->tally, record->a, +1);
    else
        rp_tally_add(&drainer->tally, record, time);
}

// Adds one event to the block.
static void add_event(struct rp_drainer *drainer,
                      const struct rp_record *record, uint64_t *last) {
    uint64_t time = time_of(drainer, record, last);

    switch (record->type) {
    case TRACE_EVENT_ALLOC:
    case TRACE_EVENT_CALLOC:
    case TRACE_EVENT_REALLOC:
        rp_encoder_add_alloc(
            &drainer->encoder, record->type, time,
            rp_tables_stack(&drainer->tables, (uint32_t)record->c[1]),
            record->c[0], record->a, record->b);
        rp_tally_block(&drainer->tally, record->a, +1);
        break;
    case TRACE_EVENT_FREE:
    case TRACE_EVENT_FREE_DEFERRED:
        rp_encoder_add_free(&drainer->encoder, record->type, time, record->a,
                            record->b);
        rp_tally_block(&drainer->tally, record->a, -1);
        break;
    default:
        add_other_event(drainer, record, time);
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
        .last_time = encoder->last_time,
    };

    rp_tables_flush(&drainer->tables);
    rp_file_block(&drainer->file, &header, encoder->payload,
                  rp_encoder_finish(encoder));
    rp_tally_point(&drainer->tally, encoder->last_time);
}

// The drainer's own events go into ring 0, a block each.
static void tell(struct rp_drainer *drainer, unsigned type, uint32_t a,
                 uint64_t c0) {
    struct rp_record record = {rp_clock_now(), type, a, 0, {c0}};
    uint64_t last = 0;

    rp_encoder_begin(&drainer->encoder);
    add_event(drainer, &record, &last);
    end_block(drainer, 0, drainer->own_sequence++);
}

static void drain(struct rp_drainer *drainer, struct rp_lane *lane,
                  struct rp_ring *ring, uint64_t head) {
    // relaxed: the drainer is the only one who writes it
    uint64_t tail = load_relaxed(&ring->tail);

    drainer->file.hurry = head - tail > ring->capacity / 4 * 3;
    while (tail < head) {
        uint64_t first = lane->drained.sequence;
        rp_encoder_begin(&drainer->encoder);
        while (tail < head && drainer->encoder.events < RP_BLOCK_EVENTS) {
            struct rp_record record;
            tail += rp_record_read(ring, tail, &record);
            add_event(drainer, &record, &lane->drained.steps);
        }
        lane->drained.sequence += drainer->encoder.events;
        end_block(drainer, ring->number, first);
        rp_ring_give_back(ring, tail);
    }
    drainer->file.hurry = false;
    lane->drained.written = now_ns(drainer);
}

// ---- passes ----

struct pass {
    uint64_t ns;      // when it began
    uint64_t horizon; // steps: everything before is drained
    bool all;         // also what is little and new
    bool found;       // that there was something
};

static void visit_lane(struct rp_drainer *drainer, struct rp_lane *lane,
                       struct pass *pass, bool all) {
    // acquire [lane]: the ring's head
    struct rp_ring *ring = load_acquire(&lane->ring);
    if (ring == NULL)
        return;
    uint64_t head = rp_ring_head(ring);
    // relaxed: the drainer is the only one who writes it
    uint64_t pending = head - load_relaxed(&ring->tail);
    if (pending == 0) {
        lane->drained.written = pass->ns;
        return;
    }
    pass->found = true;
    if (all || pending > ring->capacity / 4 ||
        pass->ns - lane->drained.written > HOLD_NS)
        drain(drainer, lane, ring, head);
    else if (lane->drained.steps < pass->horizon)
        pass->horizon = lane->drained.steps;
}

static void tell_lost(struct rp_drainer *drainer, _Atomic uint64_t *lost,
                      uint64_t *told) {
    uint64_t now = load_relaxed(lost); // relaxed: a count

    if (now != *told) {
        tell(drainer, TRACE_EVENT_LOST, (uint32_t)(now - *told), 0);
        drainer->lost += now - *told;
        *told = now;
    }
}

static void tell_name(struct rp_drainer *drainer, struct rp_thread *thread) {
    // relaxed: at worst a name of a thread that has just ended
    uint32_t id = rp_thread_id(load_relaxed(&thread->owner));
    char name[16] = {0};
    bool fresh;

    if (id == 0)
        return;
    rp_system_thread_name(id, name);
    if (name[0] == 0 || strcmp(name, thread->drained.name) == 0)
        return;
    memcpy(thread->drained.name, name, sizeof name);
    tell(drainer, TRACE_EVENT_THREAD_NAME, id,
         rp_intern_text(drainer->recorder->texts, name, strlen(name), &fresh));
}

static void visit_thread(struct rp_drainer *drainer, struct rp_thread *thread,
                         struct pass *pass, bool look, bool name) {
    uint64_t owner;
    bool ended = look && rp_thread_ended(thread, &owner);

    for (unsigned i = 0; i < RP_LANES; i++)
        visit_lane(drainer, &thread->lanes[i], pass, pass->all || ended);
    tell_lost(drainer, &thread->lost, &thread->drained.lost);
    if (ended)
        rp_thread_retire(thread, owner);
    else if (name)
        tell_name(drainer, thread);
}

// Looks at every ring once; returns whether there was anything.
static bool look_at_all(struct rp_drainer *drainer, bool all) {
    struct rp_recorder *recorder = drainer->recorder;
    struct pass pass = {now_ns(drainer), now_steps(drainer), all, false};
    bool look = pass.ns - drainer->visited_ns >= VISIT_NS;
    bool name = all || pass.ns - drainer->named_ns >= NAME_NS;

    if (look)
        drainer->visited_ns = pass.ns;
    if (name)
        drainer->named_ns = pass.ns;
    // acquire [thread]: all of its fields
    for (struct rp_thread *thread = load_acquire(&recorder->threads);
         thread != NULL; thread = load_relaxed(&thread->next)) // as [thread]
        visit_thread(drainer, thread, &pass, look, name);
    tell_lost(drainer, &recorder->lost, &drainer->lost_nowhere);
    rp_tally_settle(&drainer->tally, all ? UINT64_MAX : pass.horizon);
    if (pass.found && pass.ns - drainer->sampled_ns > SAMPLE_NS)
        sample_clock(drainer);
    return pass.found;
}

// ---- beginning and end ----

struct rp_drainer *rp_drainer_make(struct rp_recorder *recorder, int file,
                                   const char *path,
                                   const struct trace_file_header *header) {
    struct rp_drainer *drainer = rp_system_map(sizeof *drainer, RP_MAP_OWN);

    if (drainer == NULL || !rp_file_start(&drainer->file, file) ||
        !rp_encoder_start(&drainer->encoder) ||
        !rp_tables_start(&drainer->tables, recorder, &drainer->file) ||
        !rp_tally_start(&drainer->tally))
        return NULL;
    drainer->recorder = recorder;
    drainer->header = *header;
    strcpy(drainer->path, path);
    return drainer;
}

static void write_trailer(struct rp_drainer *drainer) {
    struct rp_tally *tally = &drainer->tally;
    struct {
        struct trace_trailer trailer;
        struct trace_point points[TRACE_MAX_POINTS];
    } *last = (void *)drainer->tables.payload;
    size_t point_bytes = tally->point_count * sizeof *tally->points;

    last->trailer = (struct trace_trailer){
        .events = tally->events,
        .lost_events = drainer->lost,
        .duration_ns = now_ns(drainer),
        .held_bytes = tally->held,
        .peak_held_bytes = tally->peak_held,
        .peak_held_time = tally->peak_held_time,
        .in_use_bytes = tally->in_use,
        .peak_in_use_bytes = tally->peak_in_use,
        .exit_kind = TRACE_EXIT_NORMAL,
        .point_count = tally->point_count,
    };
    memcpy(last->points, tally->points, point_bytes);
    rp_file_plain_block(&drainer->file, TRACE_TRAILER, last,
                        sizeof last->trailer + point_bytes);
}

static void write_stack_facts(struct rp_drainer *drainer) {
    uint8_t payload[RP_STACK_FACTS_BYTES];
    size_t bytes = rp_stack_facts(&drainer->recorder->stacks->paths, payload);

    rp_file_plain_block(&drainer->file, TRACE_META, payload, bytes);
}

static void complain(struct rp_drainer *drainer) {
    const char *reason = strerrordesc_np(drainer->file.error);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, drainer->path);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be written");
    rp_line_text(&line, ". The recording ends here; its first ");
    rp_line_number(&line, drainer->file.bytes);
    rp_line_text(&line, " bytes are whole.");
    rp_system_say(text);
}

void rp_drainer_run(void *context) {
    struct rp_drainer *drainer = context;
    struct rp_recorder *recorder = drainer->recorder;
    uint64_t sleep_ns = SLEEP_NS;
    bool stop = false;

    // Here and not before: on this thread SIGXFSZ is blocked.
    rp_file_header(&drainer->file, &drainer->header);
    rp_tables_describe(&drainer->tables);
    calibrate(drainer);
    sample_clock(drainer);
    while (!stop && drainer->file.error == 0) {
        // relaxed: a producer that misses it is noticed by the time below
        store_relaxed(&recorder->awake, 0);
        if (load_relaxed(&recorder->stop) == 0) // relaxed: looked at below
            rp_system_wait(&recorder->awake, 0, sleep_ns);
        store_relaxed(&recorder->awake, 1); // relaxed: see above
        add_relaxed(&recorder->beat, 1);    // relaxed: a sign of life
        // acquire [stop]: the last events of who asks
        stop = load_acquire(&recorder->stop) != 0;
        if (look_at_all(drainer, stop))
            sleep_ns = SLEEP_NS;
        else if (sleep_ns < LONGEST_SLEEP_NS)
            sleep_ns *= 2;
    }
    if (drainer->file.error == 0) {
        sample_clock(drainer);
        write_stack_facts(drainer);
        write_trailer(drainer);
    }
    if (drainer->file.error != 0)
        complain(drainer);
    rp_system_close(drainer->file.file);
    // release [state]: nothing of the recording is used any more
    store_release(&recorder->state, RP_RECORDER_OFF);
}
