// finish.c - see finish.h.
#include "instrument/write/finish.h"

#include "core/base/atomic.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/write/meta.h"

#include <string.h>

static uint64_t count_lost(const struct rp_trace_writer *writer) {
    uint64_t lost = writer->notes->lost;

    for (struct rp_source *ring = rp_trace_writer_rings(writer); ring != NULL;
         ring = ring->next)
        lost += rp_trace_writer_notes(writer, ring)->lost +
                rp_trace_writer_notes(writer, ring)->gone;
    return lost;
}

// Whether all that was to be written is there.
static bool is_whole(const struct rp_trace_writer *writer) {
    return writer->file.error == 0 && !writer->is_full;
}

static void write_trailer(struct rp_trace_writer *writer,
                          const struct rp_trace_end *end) {
    struct rp_totals *totals = &writer->totals;
    struct {
        struct trace_trailer trailer;
        struct trace_point points[TRACE_MAX_POINTS];
    } *last = (void *)writer->tables.payload;
    size_t point_bytes = totals->point_count * sizeof *totals->points;
    bool whole = is_whole(writer);

    last->trailer = (struct trace_trailer){
        .events = writer->earlier_events + totals->events,
        .lost_events = count_lost(writer),
        .duration_ns = rp_trace_writer_ns(writer),
        .exit_kind = whole ? end->exit_kind : TRACE_EXIT_STOPPED,
    };
    // Who came later does not know what was before; nor are sums those of what
    // is in the file, when a block did not come to be.
    if (writer->goes_on || writer->file.error != 0) {
        point_bytes = 0;
    } else {
        last->trailer.held_bytes = totals->held;
        last->trailer.peak_held_bytes = totals->peak_held;
        last->trailer.peak_held_time = totals->peak_held_time;
        last->trailer.in_use_bytes = totals->in_use;
        last->trailer.peak_in_use_bytes = totals->peak_in_use;
        last->trailer.point_count = totals->point_count;
        memcpy(last->points, totals->points, point_bytes);
    }
    rp_file_plain_block(&writer->file, TRACE_TRAILER, last,
                        sizeof last->trailer + point_bytes);
}

// ---- what is told of the recording ----

static struct rp_meta start_meta(const struct rp_trace_writer *writer) {
    return rp_meta_start(writer->tables.payload, RP_TABLE_BYTES);
}

static void write_meta(struct rp_trace_writer *writer,
                       const struct rp_meta *meta) {
    rp_file_plain_block(&writer->file, TRACE_META, meta->start,
                        (size_t)(meta->at - meta->start));
}

static void add_count(struct rp_meta *meta, const char *key,
                      const _Atomic uint64_t *count) {
    rp_meta_add_number(meta, key, load_relaxed(count)); // relaxed: a count
}

// How stacks were captured.
static void write_stack_counts(struct rp_trace_writer *writer) {
    const struct rp_tree_shared *stacks = writer->tables.tree.shared;
    struct rp_meta meta = start_meta(writer);

    add_count(&meta, "stack_checks", &stacks->checks);
    add_count(&meta, "stack_differences", &stacks->differences);
    add_count(&meta, "stacks_by_libunwind", &stacks->unwound);
    add_count(&meta, "stacks_lost", &stacks->lost);
    write_meta(writer, &meta);
}

// Whether the rings were too small.
static void write_spilled(struct rp_trace_writer *writer) {
    const struct rp_spill_shared *spill = &writer->shared->spill;
    struct rp_meta meta = start_meta(writer);

    if (load_relaxed(&spill->used) == 0) // relaxed: a count
        return;
    add_count(&meta, "spilled_bytes", &spill->used);
    write_meta(writer, &meta);
}

// Whether the program's tags are in pairs.
static void write_tags(struct rp_trace_writer *writer) {
    struct rp_meta meta = start_meta(writer);

    // relaxed: a count
    if (load_relaxed(&writer->shared->tag_pops_refused) == 0)
        return;
    add_count(&meta, "tag_pops_refused", &writer->shared->tag_pops_refused);
    write_meta(writer, &meta);
}

// Whether they could be read.
static void write_damage(struct rp_trace_writer *writer) {
    const struct rp_own *own = writer->own;
    struct rp_meta meta = start_meta(writer);

    if (own->sources.cut == 0 && !own->sources.is_cut && own->refused == 0)
        return;
    rp_meta_add_number(&meta, "rings_cut_off",
                       own->sources.cut + own->sources.is_cut);
    rp_meta_add_number(&meta, "numbers_refused", own->refused);
    write_meta(writer, &meta);
}

// How the process ended.
static void write_exit(struct rp_trace_writer *writer,
                       const struct rp_trace_end *end) {
    char text[32];
    struct rp_line line = rp_line_start(text, sizeof text);
    struct rp_meta meta = start_meta(writer);

    if (end->status < 0 || end->exit_kind == TRACE_EXIT_STOPPED)
        return;
    rp_line_text(&line,
                 end->exit_kind == TRACE_EXIT_SIGNAL ? "signal " : "code ");
    rp_line_number(&line, (uint64_t)end->status);
    rp_meta_add_text(&meta, "exit", text);
    write_meta(writer, &meta);
}

static const char *why_stopped(const struct rp_trace_writer *writer) {
    const char *why = writer->file.error == 0
                          ? "its limit is reached"
                          : rp_system_reason(writer->file.error);

    return why != NULL ? why : "cannot be written";
}

// Why the recording ended before the process.
static void write_stopped(struct rp_trace_writer *writer,
                          const struct rp_trace_end *end) {
    bool whole = is_whole(writer);
    struct rp_meta meta = start_meta(writer);

    // A file of a snapshot goes no further by its nature.
    if (writer->second != NULL ||
        (whole && end->exit_kind != TRACE_EXIT_STOPPED))
        return;
    rp_meta_add_text(&meta, "stopped",
                     whole ? "it was asked to" : why_stopped(writer));
    write_meta(writer, &meta);
}

void rp_finish_write(struct rp_trace_writer *writer,
                     const struct rp_trace_end *end) {
    rp_file_end(&writer->file);
    rp_trace_writer_sample_clock(writer);
    write_stopped(writer, end);
    write_stack_counts(writer);
    write_spilled(writer);
    write_tags(writer);
    write_damage(writer);
    write_exit(writer, end);
    write_trailer(writer, end);
}

// ---- what is said ----

void rp_finish_complain(const struct rp_trace_writer *writer) {
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    rp_line_text(&line, writer->own->trace);
    rp_line_text(&line, ": ");
    rp_line_text(&line, why_stopped(writer));
    rp_line_text(&line, ". The recording ends here; its first ");
    rp_line_number(&line, writer->file.bytes);
    rp_line_text(&line, " bytes are whole.");
    rp_system_say(text);
}

void rp_finish_tell_lost(const struct rp_trace_writer *writer) {
    const struct rp_shared *shared = writer->shared;
    uint64_t lost = count_lost(writer);
    char text[RP_PATH_BYTES + 256];
    struct rp_line line = rp_line_start(text, sizeof text);

    // relaxed: it is me
    if (lost == 0 || load_relaxed(&shared->drainer_home) == RP_DRAINER_PROCESS)
        return;
    rp_line_text(&line, writer->own->trace);
    rp_line_text(&line, ": ");
    rp_line_number(&line, lost);
    rp_line_text(&line, lost == 1 ? " event is" : " events are");
    rp_line_text(&line, " lost: there was no room for them in ");
    rp_line_text(&line,
                 writer->own->rings[0] != 0 ? writer->own->rings : "memory");
    rp_line_text(&line, ", or the recorder did not come to them.");
    rp_system_say(text);
}
