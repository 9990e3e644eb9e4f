// finish.c - see ending.h.
#include "instrument/write/finish.h"

#include "core/base/atomic.h"
#include "instrument/os/clock.h"
#include "instrument/os/line.h"
#include "instrument/stack/counts.h"
#include "instrument/os/system.h"

#include <string.h>

static uint64_t count_lost(const struct rp_drainer *drainer) {
    uint64_t lost = drainer->shared->drained.lost;

    for (const struct rp_ring *ring = rp_shared_rings(&drainer->shm);
         ring != NULL; ring = rp_shared_next(&drainer->shm, ring))
        lost += ring->drained.lost;
    return lost;
}

static void write_trailer(struct rp_drainer *drainer,
                          const struct rp_drainer_end *end) {
    struct rp_tally *tally = &drainer->tally;
    struct {
        struct trace_trailer trailer;
        struct trace_point points[TRACE_MAX_POINTS];
    } *last = (void *)drainer->tables.payload;
    size_t point_bytes = tally->point_count * sizeof *tally->points;

    last->trailer = (struct trace_trailer){
        .events = drainer->earlier_events + tally->events,
        .lost_events = count_lost(drainer),
        .duration_ns = rp_clock_monotonic() - drainer->shared->base_ns,
        .exit_kind = end->exit_kind,
    };
    // Who came later does not know what was before.
    if (drainer->goes_on) {
        point_bytes = 0;
    } else {
        last->trailer.held_bytes = tally->held;
        last->trailer.peak_held_bytes = tally->peak_held;
        last->trailer.peak_held_time = tally->peak_held_time;
        last->trailer.in_use_bytes = tally->in_use;
        last->trailer.peak_in_use_bytes = tally->peak_in_use;
        last->trailer.point_count = tally->point_count;
        memcpy(last->points, tally->points, point_bytes);
    }
    rp_file_plain_block(&drainer->file, TRACE_TRAILER, last,
                        sizeof last->trailer + point_bytes);
}

static void write_stack_facts(struct rp_drainer *drainer) {
    uint8_t payload[RP_STACK_FACTS_BYTES];
    size_t bytes = rp_stack_facts(drainer->tables.tree.shared, payload);

    rp_file_plain_block(&drainer->file, TRACE_META, payload, bytes);
}

static void write_fact(struct rp_drainer *drainer, const char *key,
                       const char *value) {
    struct trace_meta_entry entry = {(uint16_t)strlen(key), 0,
                                     (uint32_t)strlen(value)};
    uint8_t *at = drainer->tables.payload;

    memcpy(at, &entry, sizeof entry);
    memcpy(at + sizeof entry, key, entry.key_bytes);
    memcpy(at + sizeof entry + entry.key_bytes, value, entry.value_bytes);
    rp_file_plain_block(&drainer->file, TRACE_META, at,
                        sizeof entry + entry.key_bytes + entry.value_bytes);
}

// How the process ended, and whether its rings were too small.
static void write_facts(struct rp_drainer *drainer,
                        const struct rp_drainer_end *end) {
    char text[32];
    struct rp_line line = rp_line_start(text, sizeof text);
    // relaxed: a count
    uint64_t spilled = load_relaxed(&drainer->shared->spill.used);

    if (spilled != 0) {
        rp_line_number(&line, spilled);
        write_fact(drainer, "spilled_bytes", text);
    }
    if (end->status < 0)
        return;
    line = rp_line_start(text, sizeof text);
    rp_line_text(&line,
                 end->exit_kind == TRACE_EXIT_SIGNAL ? "signal " : "code ");
    rp_line_number(&line, (uint64_t)end->status);
    write_fact(drainer, "exit", text);
}

void rp_ending_complain(struct rp_drainer *drainer) {
    const char *reason = drainer->file.error == 0
                             ? "its limit is reached"
                             : strerrordesc_np(drainer->file.error);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, drainer->shared->trace);
    rp_line_text(&line, ": ");
    rp_line_text(&line, reason != NULL ? reason : "cannot be written");
    rp_line_text(&line, ". The recording ends here; its first ");
    rp_line_number(&line, drainer->file.bytes);
    rp_line_text(&line, " bytes are whole.");
    rp_system_say(text);
}

void rp_ending_tell_lost(const struct rp_drainer *drainer) {
    const struct rp_shared *shared = drainer->shared;
    uint64_t lost = count_lost(drainer);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    // relaxed: it is me
    if (lost == 0 || load_relaxed(&shared->home) == RP_HOME_OUTSIDE)
        return;
    rp_line_text(&line, shared->trace);
    rp_line_text(&line, ": ");
    rp_line_number(&line, lost);
    rp_line_text(&line, lost == 1 ? " event is" : " events are");
    rp_line_text(&line, " lost: there was no room for them in ");
    rp_line_text(&line,
                 shared->rings_path[0] != 0 ? shared->rings_path : "memory");
    rp_line_text(&line, ", or the recorder did not come to them.");
    rp_system_say(text);
}

void rp_ending_write(struct rp_drainer *drainer,
                     const struct rp_drainer_end *end) {
    write_stack_facts(drainer);
    write_facts(drainer, end);
    write_trailer(drainer, end);
}
