// commands.c - see commands.h.
#include "instrument/drain/commands.h"

#include "instrument/drain/pass.h"
#include "instrument/drain/residency.h"
#include "instrument/drain/snapshot.h"
#include "instrument/drain/snapshot_file.h"

#include <errno.h>
#include <string.h>

static void resume(struct rp_trace_writer *writer,
                   struct rp_deferred_start *start) {
    int error = EALREADY;

    if (rp_shared_is_paused(writer->shared)) {
        rp_deferred_start_resume(start, writer);
        error = 0;
    }
    rp_command_done(&writer->shared->command, error, 0, NULL);
}

// Returns whether it is for good.
static bool stop(struct rp_trace_writer *writer,
                 struct rp_deferred_start *start) {
    if (rp_shared_is_paused(writer->shared) || start->heaps == NULL)
        return true;
    rp_deferred_start_pause(start, writer);
    rp_command_done(&writer->shared->command, 0, 1, NULL);
    return false;
}

static void mark(struct rp_trace_writer *writer,
                 struct rp_deferred_start *start) {
    struct rp_command *command = &writer->shared->command;
    size_t bytes = strnlen(command->text, sizeof command->text);

    if (!rp_shared_is_paused(writer->shared))
        rp_trace_writer_tell(
            writer, TRACE_EVENT_MARK,
            rp_tables_text(&writer->tables, command->text, bytes), 0);
    else if (rp_shared_keeps_last(writer->shared))
        rp_kept_marks_add(&start->marks, command->text,
                          rp_own_now(writer->shm));
    rp_command_done(command, 0, 0, NULL);
}

// ---- snapshots ----

// Into the trace, of the recording as it is at `cut`.
static void write_snapshot(struct rp_trace_writer *writer,
                           struct rp_deferred_start *start, uint64_t cut) {
    if (rp_shared_is_paused(writer->shared)) {
        rp_deferred_start_follow_to(start, writer, cut);
        rp_snapshot_write(writer, start->heaps);
        rp_residency_sample(writer);
        return;
    }
    if (start->heaps != NULL)
        rp_deferred_start_step_to(start, writer, cut);
    else
        rp_pass_drain_to(writer, cut);
    // Times may be rounded up.
    rp_snapshot_note(writer, ((cut - writer->base_ticks) >> writer->shift) + 2);
    rp_residency_sample(writer);
}

// The moment that is asked for; or a little after it, when there were events of
// other threads before it was seen, which are written already.
static uint64_t cut_of(const struct rp_trace_writer *writer,
                       const struct rp_deferred_start *start) {
    struct rp_source *ring = rp_trace_writer_rings(writer);
    uint64_t cut;

    if (!rp_own_is_moment(writer->shm, &cut))
        return rp_own_now(writer->shm);
    if (rp_shared_is_paused(writer->shared) || start->heaps != NULL)
        return cut; // the state knows how far it is
    for (; ring != NULL; ring = ring->next) {
        uint64_t steps = rp_trace_writer_notes(writer, ring)->steps;
        uint64_t written = writer->base_ticks + ((steps + 1) << writer->shift);
        if (steps > writer->notes->start && (int64_t)(written - cut) > 0)
            cut = written;
    }
    return cut;
}

static void snapshot(struct rp_trace_writer *writer,
                     struct rp_deferred_start *start) {
    struct rp_shared *shared = writer->shared;
    uint64_t cut = cut_of(writer, start);
    char path[RP_SNAPSHOT_PATH];
    bool paused = rp_shared_is_paused(shared);
    uint32_t number = 0;
    int error;

    if (paused && start->heaps == NULL) {
        // It follows another drainer, which alone has seen all.
        rp_command_done(&shared->command, ENODATA, 0, NULL);
        return;
    }
    if (paused && rp_shared_keeps_last(shared)) {
        rp_deferred_start_follow(start, writer);
        error = rp_snapshot_file_write(writer->shm, start->heaps, cut, &number,
                                       path);
    } else {
        strcpy(path, writer->own->trace);
        write_snapshot(writer, start, cut);
        number = writer->notes->snapshots;
        error = writer->file.error;
    }
    rp_command_done(&shared->command, error, number, path);
}

bool rp_commands_obey(struct rp_trace_writer *writer,
                      struct rp_deferred_start *start) {
    struct rp_command *command = &writer->shared->command;

    if (!rp_command_is_asked(command))
        return false;
    switch (command->kind) {
    case RP_COMMAND_START:
        resume(writer, start);
        return false;
    case RP_COMMAND_STOP:
        return stop(writer, start);
    case RP_COMMAND_MARK:
        mark(writer, start);
        return false;
    case RP_COMMAND_SNAPSHOT:
    case RP_COMMAND_MOMENT:
        snapshot(writer, start);
        return false;
    default:
        rp_command_done(command, EINVAL, 0, NULL);
        return false;
    }
}
