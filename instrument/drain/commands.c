// commands.c - what is asked of the drainer while it is at work.
#include "instrument/os/clock.h"
#include "instrument/drain/drainer_parts.h"

#include <errno.h>
#include <string.h>

static void start(struct rp_drainer *drainer, struct rp_command *command) {
    int error = 0;

    if (rp_drainer_is_paused(drainer))
        rp_late_start(drainer);
    else
        error = EALREADY;
    rp_command_done(command, error, 0, NULL);
}

static void stop(struct rp_drainer *drainer, struct rp_command *command) {
    if (rp_drainer_is_paused(drainer) || drainer->shadow == NULL) {
        drainer->stops = true; // it is done when the trace is whole
        return;
    }
    rp_late_pause(drainer);
    rp_command_done(command, 0, 1, NULL);
}

static void mark(struct rp_drainer *drainer, struct rp_command *command) {
    size_t bytes = strnlen(command->text, sizeof command->text);

    if (!rp_drainer_is_paused(drainer))
        rp_drainer_tell(drainer, TRACE_EVENT_MARK,
                        rp_tables_text(&drainer->tables, command->text, bytes),
                        0);
    rp_command_done(command, 0, 0, NULL);
}

// Of the recording as it is at `cut`.
static void write_snapshot(struct rp_drainer *drainer, uint64_t cut) {
    uint64_t base = drainer->shared->base_ticks;

    if (rp_drainer_is_paused(drainer)) {
        rp_late_keep_up(drainer, cut);
        rp_state_write(drainer);
        rp_residency_sample(drainer);
        return;
    }
    if (drainer->shadow != NULL)
        rp_late_step_to(drainer, cut);
    else
        rp_drainer_drain_to(drainer, cut);
    // Times may be rounded up.
    rp_state_note(drainer, ((cut - base) >> drainer->shift) + 2);
    rp_residency_sample(drainer);
}

// The moment that is asked for; or a little after it, when there were events of
// other threads before it was seen, which are written already.
static uint64_t cut_of(struct rp_drainer *drainer) {
    const struct rp_ring *ring = rp_shared_rings(&drainer->shm);
    uint64_t cut, base = drainer->shared->base_ticks;

    if (!rp_command_is_moment(&drainer->shared->asked, &cut))
        return rp_clock_now_ordered();
    if (rp_drainer_is_paused(drainer) || drainer->shadow != NULL)
        return cut; // shadows know how far they are
    for (; ring != NULL; ring = rp_shared_next(&drainer->shm, ring)) {
        uint64_t written = base + ((ring->drained.steps + 1) << drainer->shift);
        if (ring->drained.steps > drainer->shared->drained.start &&
            (int64_t)(written - cut) > 0)
            cut = written;
    }
    return cut;
}

static void snapshot(struct rp_drainer *drainer, struct rp_command *command) {
    struct rp_shared *shared = drainer->shared;
    uint64_t cut = cut_of(drainer);
    char path[RP_PATH_BYTES + 64];
    uint32_t number = 0;
    int error;

    if (!rp_drainer_is_paused(drainer) || !rp_shared_keeps_last(shared)) {
        strcpy(path, shared->trace);
        if (!rp_drainer_is_paused(drainer) || drainer->shadow != NULL)
            write_snapshot(drainer, cut);
        number = shared->drained.snapshots;
        error = drainer->file.error;
    } else {
        error = rp_readout_write(drainer, cut, &number, path);
    }
    rp_command_done(command, error, number, path);
}

void rp_drainer_obey(struct rp_drainer *drainer) {
    struct rp_command *command = &drainer->shared->asked;

    if (!rp_command_is_asked(command))
        return;
    switch (command->kind) {
    case RP_COMMAND_START:
        start(drainer, command);
        break;
    case RP_COMMAND_STOP:
        stop(drainer, command);
        break;
    case RP_COMMAND_MARK:
        mark(drainer, command);
        break;
    case RP_COMMAND_SNAPSHOT:
    case RP_COMMAND_MOMENT:
        snapshot(drainer, command);
        break;
    default:
        rp_command_done(command, EINVAL, 0, NULL);
        break;
    }
}
