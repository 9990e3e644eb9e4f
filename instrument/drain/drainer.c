// drainer.c - see drainer.h.
#include "instrument/drain/drainer.h"

#include "instrument/drain/commands.h"
#include "instrument/drain/pass.h"
#include "instrument/drain/residency.h"
#include "instrument/os/line.h"
#include "instrument/os/rights.h"
#include "instrument/os/system.h"
#include "instrument/shm/spill_reader.h"
#include "instrument/write/threads.h"

#include <errno.h>

enum {
    NAME_NS = 1000000000,   // between two looks at the threads' names
    SAMPLE_NS = 1000000000, // between two clock samples
    LEAST_SLOTS = 1024,     // of rings, below which the limit is reached
};

// ---- looks ----

// How many slots wait in all rings; *full: that one has to be drained now.
static uint64_t count_waiting(const struct rp_trace_writer *writer,
                              bool *full) {
    struct rp_source *ring = rp_trace_writer_rings(writer);
    uint64_t waiting = 0;

    for (; ring != NULL; ring = ring->next) {
        uint64_t pending = rp_source_head(ring) - ring->mark.tail;
        waiting += pending;
        *full |= pending > rp_source_room(ring) / 8 * 3;
    }
    return waiting;
}

// Now, in ticks; or the moment that a snapshot is asked of.
static uint64_t now_or_moment(const struct rp_drainer *drainer) {
    uint64_t now = rp_own_now(&drainer->shm), moment;

    return rp_own_is_moment(&drainer->shm, &moment) &&
                   (int64_t)(moment - now) < 0
               ? moment
               : now;
}

static void drain_to(struct rp_drainer *drainer, uint64_t cut) {
    if (drainer->start.heaps != NULL)
        rp_deferred_start_step_to(&drainer->start, &drainer->writer, cut);
    else
        rp_pass_drain_to(&drainer->writer, cut);
    drainer->cut = cut;
}

// How well the events compress shows when they are written. So what may not fit
// is written in parts, each up to one moment in all rings, while there is room.
static void keep_limit(struct rp_drainer *drainer, bool all) {
    struct rp_trace_writer *writer = &drainer->writer;

    if (drainer->shm.own->limit == 0)
        return;
    uint64_t slots = rp_trace_writer_slots(writer);
    uint64_t ns = rp_trace_writer_ns(writer);
    bool due = all || ns - drainer->limit_ns > RP_PASS_HOLD_NS;
    uint64_t waiting = count_waiting(writer, &due);
    drainer->near_limit |= waiting > slots / 2;
    if (!drainer->near_limit)
        return;
    while (slots >= LEAST_SLOTS && waiting > slots && writer->file.error == 0 &&
           !writer->is_full) {
        drain_to(drainer, rp_pass_cut(writer, slots, now_or_moment(drainer)));
        slots = rp_trace_writer_slots(writer);
        waiting = count_waiting(writer, &due);
    }
    writer->is_full |= slots < LEAST_SLOTS;
    drainer->stops |= writer->is_full;
    if (!writer->is_full && due) {
        drainer->limit_ns = ns;
        drain_to(drainer, now_or_moment(drainer));
    }
}

// While the recording is paused. Returns whether there was anything.
static bool follow(struct rp_drainer *drainer) {
    if (drainer->start.heaps != NULL)
        return rp_deferred_start_follow(&drainer->start, &drainer->writer);
    drainer->stops = true; // the one who has kept the state has died
    return false;
}

static void visit_rings(struct rp_drainer *drainer, struct rp_pass *pass) {
    struct rp_trace_writer *writer = &drainer->writer;
    struct rp_source *ring = rp_trace_writer_rings(writer);

    for (; ring != NULL; ring = ring->next) {
        // A thread that waits for its ring does not wait for all others.
        rp_shm_grow(&drainer->shm, drainer->shm_file);
        rp_pass_visit(writer, ring, pass);
    }
}

// While the state of the heaps is kept, too.
static void step(struct rp_drainer *drainer, struct rp_pass *pass, bool all) {
    uint64_t now = pass->ends ? rp_own_now(&drainer->shm) : 0;
    const uint64_t *cut = pass->is_cut ? &pass->cut : pass->ends ? &now : NULL;

    pass->found =
        rp_deferred_start_step(&drainer->start, &drainer->writer, all, cut);
    pass->horizon = 0; // that was seen to
}

// While it is recorded. Returns whether there was anything.
static bool record(struct rp_drainer *drainer, bool all) {
    struct rp_trace_writer *writer = &drainer->writer;

    keep_limit(drainer, all || drainer->stops);
    if (drainer->stops && !drainer->near_limit)
        drainer->cut =
            rp_own_now(&drainer->shm); // before any ring is looked at
    all |= drainer->stops;
    bool sample = rp_residency_is_due(writer, all, &drainer->resident_ns);
    struct rp_pass pass = {.ns = rp_trace_writer_ns(writer),
                           .horizon = rp_trace_writer_steps(writer),
                           .cut = drainer->cut,
                           .is_cut = drainer->stops || drainer->near_limit,
                           .all = all || sample,
                           .ends = all};
    all |= sample;
    if (drainer->near_limit)
        pass.horizon = (drainer->cut - writer->base_ticks) >> writer->shift;
    bool names = all || pass.ns - drainer->named_ns >= NAME_NS;

    if (names)
        drainer->named_ns = pass.ns;
    if (drainer->start.heaps != NULL)
        step(drainer, &pass, all);
    else
        visit_rings(drainer, &pass);
    rp_threads_tell(writer, names);
    rp_totals_settle(&writer->totals, all ? UINT64_MAX : pass.horizon);
    if (sample)
        rp_residency_sample(writer);
    if (pass.found && pass.ns - writer->sampled_ns > SAMPLE_NS)
        rp_trace_writer_sample_clock(writer);
    return pass.found;
}

// Says once of each ring that it is cut off.
static void tell_cut(struct rp_drainer *drainer) {
    const struct rp_sources *sources = &drainer->shm.own->sources;
    uint32_t cut = sources->cut + sources->is_cut;
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    if (cut == drainer->told_cut)
        return;
    drainer->told_cut = cut;
    rp_line_text(&line, drainer->shm.own->trace);
    rp_line_text(&line, ": the program has written into the recorder's memory, "
                        "and spoilt the buffers of ");
    rp_line_number(&line, cut);
    rp_line_text(&line, cut == 1 ? " thread" : " threads");
    rp_line_text(&line, ", whose events from then on are lost. Those of all "
                        "others are recorded.");
    rp_system_say(text);
}

static void prepare_rings(struct rp_drainer *drainer) {
    struct rp_source *ring = rp_trace_writer_rings(&drainer->writer);

    for (; ring != NULL; ring = ring->next)
        rp_source_prepare(ring, &drainer->shm, drainer->shm_file);
}

bool rp_drainer_look(struct rp_drainer *drainer, bool all) {
    struct rp_trace_writer *writer = &drainer->writer;
    struct rp_shared *shared = drainer->shared;

    rp_shm_grow(&drainer->shm, drainer->shm_file);
    prepare_rings(drainer);
    rp_spill_reader_make(&drainer->shm);
    drainer->stops |= rp_commands_obey(writer, &drainer->start);
    drainer->stops |= writer->is_full;
    if (rp_shared_is_paused(shared) && rp_shared_keeps_last(shared) &&
        (all || drainer->stops))
        // The end, so this is what is kept.
        rp_deferred_start_resume(&drainer->start, writer);
    if (rp_shared_is_paused(shared))
        return follow(drainer);
    bool found = record(drainer, all);
    tell_cut(drainer);
    // relaxed: for whoever asks how it goes
    store_relaxed(&shared->events,
                  writer->earlier_events + writer->totals.events);
    // With frequent samples there is always something to do.
    uint64_t every = drainer->shm.own->residency_ns;
    return found || (every != 0 && every < RP_DRAINER_LONGEST_SLEEP_NS);
}

// ---- beginning and end ----

struct rp_drainer *rp_drainer_make(const struct rp_shm *shm, int shm_file,
                                   int file, uint64_t bytes, uint64_t events) {
    struct rp_shared *shared = rp_shared_of(shm);
    struct rp_drainer *drainer = rp_system_map(sizeof *drainer, RP_MAP_OWN);
    if (drainer == NULL)
        return NULL;

    drainer->shm = *shm;
    drainer->shared = shared;
    drainer->shm_file = shm_file;
    if ((shm_file >= 0 && !rp_shm_measure(&drainer->shm, shm_file)) ||
        (shm->own == NULL && !rp_own_make(&drainer->shm))) {
        rp_system_unmap(drainer, sizeof *drainer);
        return NULL;
    }
    bool keeps_state = rp_shared_is_paused(shared) && bytes == 0;
    if (rp_trace_writer_start(&drainer->writer, &drainer->shm, file, bytes,
                              events) &&
        (!keeps_state ||
         (drainer->start.heaps = rp_heap_state_make(
              &drainer->shm.own->layout, drainer->shm.own->classes)) != NULL))
        return drainer;
    drainer->shm.base = NULL; // still the caller's
    drainer->shm.spill = NULL;
    if (shm->own != NULL)
        drainer->shm.own = NULL;
    rp_drainer_free(drainer);
    return NULL;
}

void rp_drainer_free(struct rp_drainer *drainer) {
    rp_trace_writer_free(&drainer->writer);
    if (drainer->start.heaps != NULL)
        rp_heap_state_free(drainer->start.heaps);
    rp_spill_reader_leave(&drainer->shm);
    rp_own_free(&drainer->shm);
    rp_shm_close(&drainer->shm);
    rp_system_unmap(drainer, sizeof *drainer);
}

void rp_drainer_begin(struct rp_drainer *drainer) {
    struct rp_trace_writer *writer = &drainer->writer;

    if (!writer->goes_on)
        rp_trace_writer_begin(writer, writer->own->header.trace_id);
    rp_trace_writer_calibrate(writer);
    rp_trace_writer_sample_clock(writer);
}

static void close_files(struct rp_drainer *drainer) {
    if (drainer->keeps_open)
        return;
    rp_system_close(drainer->writer.file.file);
    if (drainer->shm_file >= 0)
        rp_system_close(drainer->shm_file);
}

// The files of the rings and of their spill are not needed any more.
static void remove_files(struct rp_drainer *drainer) {
    const char *rings = drainer->shm.own->rings;

    if (drainer->keeps_open)
        rp_spill_reader_leave(&drainer->shm);
    rp_spill_reader_remove(&drainer->shm);
    if (rings[0] != 0 && drainer->shm_file >= 0)
        rp_system_remove(rings, drainer->shm_file);
    else if (rings[0] != 0)
        rp_system_unlink(rings);
}

void rp_drainer_end(struct rp_drainer *drainer,
                    const struct rp_trace_end *end) {
    struct rp_trace_writer *writer = &drainer->writer;
    struct rp_shared *shared = drainer->shared;

    rp_finish_write(writer, end);
    if (writer->file.error == 0)
        rp_file_trim(&writer->file);
    if (writer->file.error != 0 || writer->is_full)
        rp_finish_complain(writer);
    else if (shared->drops == 0)
        rp_finish_tell_lost(writer);
    remove_files(drainer);
    close_files(drainer);
    store_release(&shared->ended, 1); // release [ended]: the trace is whole
    rp_system_wake(&shared->ended);
    // What was asked last is done if it was the end, and the trace is whole.
    rp_command_done(&shared->command,
                    shared->command.kind == RP_COMMAND_STOP ? writer->file.error
                                                            : ECANCELED,
                    0, NULL);
}

void rp_drainer_abandon(struct rp_drainer *drainer) {
    rp_system_remove(drainer->shm.own->trace, drainer->writer.file.file);
    close_files(drainer);
}

void rp_drainer_run(void *context) {
    struct rp_trace_end end = {TRACE_EXIT_NORMAL, -1};
    struct rp_drainer *drainer = context;
    struct rp_shared *shared = drainer->shared;
    uint64_t sleep_ns = RP_DRAINER_SLEEP_NS;
    bool stop = false;

    // Here and not before: this thread has open files of its own. What cannot
    // be read is noticed when it is.
    rp_spill_reader_open(&drainer->shm, -1);
    // So, too: on this thread SIGXFSZ is blocked.
    rp_drainer_begin(drainer);
    while (!stop && !drainer->stops && drainer->writer.file.error == 0) {
        // relaxed: a producer that misses it is noticed by the time below
        store_relaxed(&shared->awake, 0);
        if (load_relaxed(&shared->stop) == 0) // relaxed: looked at below
            rp_system_wait(&shared->awake, 0, sleep_ns);
        store_relaxed(&shared->awake, 1); // relaxed: see above
        add_relaxed(&shared->beat, 1);    // relaxed: a sign of life
        // acquire [stop]: the last events of who asks
        stop = load_acquire(&shared->stop) != 0;
        rp_rights_follow();
        if (rp_drainer_look(drainer, stop))
            sleep_ns = RP_DRAINER_SLEEP_NS;
        else if (sleep_ns < RP_DRAINER_LONGEST_SLEEP_NS)
            sleep_ns *= 2;
    }
    if (drainer->stops)
        end.exit_kind = TRACE_EXIT_STOPPED;
    rp_drainer_end(drainer, &end);
}
