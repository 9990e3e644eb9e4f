// process.c - see outside.h.
//
// What a process published before it died is in its rings, which are mapped
// here. So its death is looked for first, and its rings are read after that.
#include "instrument/drain/process.h"

#include "core/base/atomic.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/clock.h"
#include "instrument/drain/drainer.h"
#include "instrument/drain/naming.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <sys/wait.h>

// A process that is being recorded.
struct guest {
    struct guest *next;
    struct rp_drainer *drainer;
    uint32_t process;
    int watch;     // for its death; -1: by asking
    bool replaced; // the process has announced other rings since
};

struct outside {
    struct rp_desk *desk;
    struct guest *guests;
    uint32_t count;
    int opener_watch;
    uint64_t sleep_ns;
};

// ---- who comes ----

static bool open_shm(struct rp_shm *shm, const char *rings, int *file) {
    if (rp_system_share_again(rings, file) != 0)
        return false;
    // Nobody else may finish it when the process dies now.
    if (rp_system_hold(*file, false) &&
        rp_shm_open(shm, *file, sizeof(struct rp_shared)) == 0)
        return true;
    rp_system_close(*file);
    return false;
}

static struct guest *guest_make(uint32_t process, const char *rings) {
    struct guest *guest = rp_system_map(sizeof *guest, RP_MAP_OWN);
    struct rp_shm shm;
    int shm_file, file, error;

    if (guest == NULL)
        return NULL;
    if (!open_shm(&shm, rings, &shm_file)) {
        rp_system_unmap(guest, sizeof *guest);
        return NULL;
    }
    struct rp_shared *shared = rp_shared_of(&shm);
    error = rp_naming_create(shared, &file);
    if (error == 0) {
        guest->drainer = rp_drainer_make(&shm, shm_file, file, 0, 0);
        if (guest->drainer == NULL) {
            rp_system_close(file);
            error = ENOMEM;
        }
    }
    guest->process = process;
    guest->watch = rp_system_watch(process);
    if (error == 0)
        return guest;
    // There is no trace, wherever the drainer is.
    rp_naming_complain(shared, error);
    store_release(&shared->ended, 1); // release [ended]: nothing is recorded
    rp_system_unlink(rings);
    rp_system_close(shm_file);
    rp_shm_close(&shm);
    return guest;
}

static void guest_free(struct guest *guest) {
    if (guest->watch >= 0)
        rp_system_close(guest->watch);
    if (guest->drainer != NULL)
        rp_drainer_free(guest->drainer);
    rp_system_unmap(guest, sizeof *guest);
}

static void accept(struct outside *outside, struct rp_desk_slot *slot) {
    struct guest *guest = guest_make(slot->process, slot->rings);
    uint32_t answer = guest != NULL ? RP_DESK_ACCEPTED : RP_DESK_REFUSED;
    uint32_t expected = RP_DESK_ANNOUNCED;

    // acq_rel [slot]: answered, unless it was taken back
    if (!cas_strong_acq_rel(&slot->state, &expected, answer) && guest != NULL) {
        // Then it drains the rings itself, and begins with the file.
        if (guest->drainer != NULL)
            rp_drainer_abandon(guest->drainer);
        guest_free(guest);
        return;
    }
    rp_system_wake(&slot->state);
    if (guest == NULL || guest->drainer == NULL) {
        if (guest != NULL)
            guest_free(guest);
        return;
    }
    for (struct guest *old = outside->guests; old != NULL; old = old->next)
        old->replaced |= old->process == guest->process;
    guest->next = outside->guests;
    outside->guests = guest;
    outside->count++;
    rp_drainer_begin(guest->drainer);
}

static void look_at_desk(struct outside *outside) {
    struct rp_desk *desk = outside->desk;

    for (unsigned i = 0; i < RP_DESK_SLOTS; i++) {
        // acquire [slot]: the rest of it
        if (load_acquire(&desk->slots[i].state) == RP_DESK_ANNOUNCED) {
            accept(outside, &desk->slots[i]);
            outside->sleep_ns = RP_DRAINER_SLEEP_NS;
        }
    }
    // relaxed: for the opener's last sentence
    store_relaxed(&desk->guests, outside->count);
}

// ---- who goes ----

// Whether `rpscope record` is still there for the program's end.
static bool has_opener(const struct outside *outside) {
    // relaxed: a process id, or 0: it has taken its leave
    uint32_t opener = load_relaxed(&outside->desk->opener);

    return opener != 0 && !rp_system_has_died(opener, outside->opener_watch);
}

// How the process that was started has ended, as its parent knows it.
static struct rp_drainer_end root_end(const struct rp_desk *desk) {
    int status = (int)load_relaxed(&desk->root_status); // by [root]

    if (WIFSIGNALED(status))
        return (struct rp_drainer_end){TRACE_EXIT_SIGNAL, WTERMSIG(status)};
    return (struct rp_drainer_end){TRACE_EXIT_QUICK, WEXITSTATUS(status)};
}

// Whether the guest has died, and how.
static bool is_dead(const struct outside *outside, const struct guest *guest,
                    struct rp_drainer_end *end) {
    struct rp_desk *desk = outside->desk;

    *end = (struct rp_drainer_end){TRACE_EXIT_DIED, -1};
    if (guest->replaced) {
        end->exit_kind = TRACE_EXIT_EXEC;
        return true;
    }
    // relaxed: a process id
    if (guest->process == load_relaxed(&desk->root) && has_opener(outside)) {
        // acquire [root]: its status
        if (load_acquire(&desk->root_ended) == 0)
            return false;
        *end = root_end(desk);
        return true;
    }
    return rp_system_has_died(guest->process, guest->watch);
}

// Drains the guest; returns whether it is done with.
static bool serve(struct outside *outside, struct guest *guest) {
    struct rp_drainer *drainer = guest->drainer;
    struct rp_drainer_end end;
    bool dead = is_dead(outside, guest, &end);
    // acquire [stop]: the last events of who asks
    bool stop = load_acquire(&drainer->shared->stop) != 0;

    add_relaxed(&drainer->shared->beat, 1); // relaxed: a sign of life
    if (rp_drainer_look(drainer, dead || stop))
        outside->sleep_ns = RP_DRAINER_SLEEP_NS;
    if (!dead && !stop && !drainer->stops && drainer->file.error == 0)
        return false;
    if (drainer->stops)
        end = (struct rp_drainer_end){TRACE_EXIT_STOPPED, -1};
    else if (stop)
        end = (struct rp_drainer_end){TRACE_EXIT_NORMAL, -1};
    rp_drainer_end(drainer, &end);
    return true;
}

static void serve_all(struct outside *outside) {
    for (struct guest **at = &outside->guests; *at != NULL;) {
        struct guest *guest = *at;
        if (serve(outside, guest)) {
            *at = guest->next;
            guest_free(guest);
            outside->count--;
        } else {
            at = &guest->next;
        }
    }
    // relaxed: see look_at_desk
    store_relaxed(&outside->desk->guests, outside->count);
}

// ---- the process ----

static void refuse_all(struct rp_desk *desk) {
    store_relaxed(&desk->drainer, 0); // relaxed: those who miss it are refused
    for (unsigned i = 0; i < RP_DESK_SLOTS; i++) {
        uint32_t state = RP_DESK_ANNOUNCED;
        // acq_rel [slot]: answered
        if (cas_strong_acq_rel(&desk->slots[i].state, &state, RP_DESK_REFUSED))
            rp_system_wake(&desk->slots[i].state);
    }
}

void rp_outside_run(struct rp_desk *desk) {
    struct outside outside = {.desk = desk, .sleep_ns = RP_DRAINER_SLEEP_NS};
    bool opener = true;

    rp_clock_start();
    // relaxed: set before this process was made
    outside.opener_watch = rp_system_watch(load_relaxed(&desk->opener));
    while (opener || outside.count > 0) {
        store_relaxed(&desk->awake, 0); // relaxed: see doorbell.h
        rp_system_wait(&desk->awake, 0, outside.sleep_ns);
        store_relaxed(&desk->awake, 1); // relaxed: as above
        if (outside.sleep_ns < RP_DRAINER_LONGEST_SLEEP_NS)
            outside.sleep_ns *= 2;
        // acquire [root]: all that has been announced by then
        bool ended = load_acquire(&desk->root_ended) != 0;
        look_at_desk(&outside);
        serve_all(&outside);
        // relaxed, both: a process id; and only we write it
        if (opener && ended && load_relaxed(&desk->settled) == 0) {
            // release [settled]: the traces
            store_release(&desk->settled, 1);
            rp_system_wake(&desk->settled);
        }
        opener = has_opener(&outside);
    }
    refuse_all(desk);
}
