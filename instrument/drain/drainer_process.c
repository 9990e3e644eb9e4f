// drainer_process.c - see drainer_process.h.
//
// What a process published before it died is in its rings, which are mapped
// here. So its death is looked for first, and its rings are read after that.
//
// Any process that is recorded can write into the registration. So whether one
// has died is asked of the system; how, is believed of one that has.
#include "instrument/drain/drainer_process.h"

#include "core/base/atomic.h"
#include "instrument/drain/drainer.h"
#include "instrument/drain/naming.h"
#include "instrument/os/clock.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

// A process that is being recorded.
struct client {
    struct client *next;
    struct rp_drainer *drainer;
    uint32_t process;
    int watch;     // for its death; -1: by asking
    bool replaced; // the process has announced other rings since
};

struct service {
    struct rp_registration *registration;
    struct client *clients;
    uint32_t count;
    uint32_t opener; // `rpscope record`
    int opener_watch;
    uint64_t sleep_ns;
};

// ---- who comes ----

// Opens the rings that the process has announced; anybody may have written
// that.
static int open_rings(uint32_t process, const char *rings, int *file) {
    const char *slash = strrchr(rings, '/');
    uint32_t named;
    uint64_t id;

    if (slash == NULL || !rp_path_is_rings(slash + 1, &named, &id) ||
        named != process)
        return EINVAL;
    return rp_system_share_again(rings, file);
}

static bool is_of(const struct rp_shm *shm, uint32_t process,
                  const char *rings) {
    const struct rp_shared *shared = rp_shared_of(shm);
    uint32_t named;
    uint64_t id;

    return rp_path_is_rings(strrchr(rings, '/') + 1, &named, &id) &&
           shared->process == process && shared->header.trace_id == id &&
           rp_own_is_sound(shared);
}

static bool open_shm(struct rp_shm *shm, uint32_t process, const char *rings,
                     int *file) {
    if (open_rings(process, rings, file) != 0)
        return false;
    // Nobody else may finish it when the process dies now.
    if (rp_system_hold(*file, false) &&
        rp_shm_open(shm, *file, sizeof(struct rp_shared)) == 0) {
        if (is_of(shm, process, rings))
            return true;
        rp_shm_close(shm);
    }
    rp_system_close(*file);
    return false;
}

static struct client *client_make(uint32_t process, const char *rings) {
    struct client *client = rp_system_map(sizeof *client, RP_MAP_OWN);
    struct rp_shm shm;
    int shm_file, file, error;

    if (client == NULL)
        return NULL;
    if (!open_shm(&shm, process, rings, &shm_file)) {
        rp_system_unmap(client, sizeof *client);
        return NULL;
    }
    struct rp_shared *shared = rp_shared_of(&shm);
    error = rp_naming_create(shared, &file);
    if (error == 0) {
        client->drainer = rp_drainer_make(&shm, shm_file, file, 0, 0);
        if (client->drainer == NULL) {
            rp_system_remove(shared->trace, file);
            rp_system_close(file);
            error = ENOMEM;
        } else { // where they were found, whatever the program says
            struct rp_line line =
                rp_line_start(client->drainer->shm.own->rings,
                              sizeof client->drainer->shm.own->rings);
            rp_line_text(&line, rings);
        }
    }
    client->process = process;
    client->watch = rp_system_watch(process);
    if (error == 0)
        return client;
    // There is no trace, wherever the drainer is.
    rp_naming_complain(shared, error);
    store_release(&shared->ended, 1); // release [ended]: nothing is recorded
    rp_system_remove(rings, shm_file);
    rp_system_close(shm_file);
    rp_shm_close(&shm);
    return client;
}

static void client_free(struct client *client) {
    if (client->watch >= 0)
        rp_system_close(client->watch);
    if (client->drainer != NULL)
        rp_drainer_free(client->drainer);
    rp_system_unmap(client, sizeof *client);
}

// Whether these rings are drained already.
static bool is_known(const struct service *service, const char *rings) {
    const char *slash = strrchr(rings, '/');
    const struct client *client = service->clients;
    uint32_t process;
    uint64_t id;

    if (slash == NULL || !rp_path_is_rings(slash + 1, &process, &id))
        return false;
    while (client != NULL && client->drainer->shm.own->header.trace_id != id)
        client = client->next;
    return client != NULL;
}

static void accept(struct service *service, struct rp_registration_slot *slot) {
    char rings[sizeof slot->rings];
    memcpy(rings, slot->rings, sizeof rings); // as it is now
    rings[sizeof rings - 1] = 0;
    struct client *client =
        is_known(service, rings) ? NULL : client_make(slot->process, rings);
    uint32_t answer =
        client != NULL ? RP_REGISTRATION_ACCEPTED : RP_REGISTRATION_REFUSED;
    uint32_t expected = RP_REGISTRATION_ANNOUNCED;

    // acq_rel [slot]: answered, unless it was taken back
    if (!cas_strong_acq_rel(&slot->state, &expected, answer) &&
        client != NULL) {
        // Then it drains the rings itself, and begins with the file.
        if (client->drainer != NULL)
            rp_drainer_abandon(client->drainer);
        client_free(client);
        return;
    }
    rp_system_wake(&slot->state);
    if (client == NULL || client->drainer == NULL) {
        if (client != NULL)
            client_free(client);
        return;
    }
    for (struct client *old = service->clients; old != NULL; old = old->next)
        old->replaced |= old->process == client->process;
    client->next = service->clients;
    service->clients = client;
    service->count++;
    rp_drainer_begin(client->drainer);
}

static void look_at_slots(struct service *service) {
    struct rp_registration *registration = service->registration;

    for (unsigned i = 0; i < RP_REGISTRATION_SLOTS; i++) {
        // acquire [slot]: the rest of it
        if (load_acquire(&registration->slots[i].state) ==
            RP_REGISTRATION_ANNOUNCED) {
            accept(service, &registration->slots[i]);
            service->sleep_ns = RP_DRAINER_SLEEP_NS;
        }
    }
    // relaxed: for the opener's last sentence
    store_relaxed(&registration->clients, service->count);
}

// ---- who goes ----

// Whether `rpscope record` is still there for the program's end.
static bool has_opener(const struct service *service) {
    const struct rp_registration *registration = service->registration;
    // relaxed, both: 0: it has taken its leave, which it does at last
    bool left = load_relaxed(&registration->opener) == 0 &&
                load_relaxed(&registration->root_ended) != 0;

    return !left && !rp_system_has_died(service->opener, service->opener_watch);
}

// How the process that was started has ended, as its parent knows it.
static struct rp_trace_end root_end(
    const struct rp_registration *registration) {
    int status = (int)load_relaxed(&registration->root_status); // by [root]

    if (WIFSIGNALED(status))
        return (struct rp_trace_end){TRACE_EXIT_SIGNAL, WTERMSIG(status)};
    return (struct rp_trace_end){TRACE_EXIT_QUICK, WEXITSTATUS(status)};
}

// Whether the process has died, and how.
static bool is_dead(const struct service *service, const struct client *client,
                    struct rp_trace_end *end) {
    struct rp_registration *registration = service->registration;

    *end = (struct rp_trace_end){TRACE_EXIT_DIED, -1};
    if (client->replaced) {
        end->exit_kind = TRACE_EXIT_EXEC;
        return true;
    }
    if (!rp_system_has_died(client->process, client->watch))
        return false;
    // relaxed: a process id
    if (client->process == load_relaxed(&registration->root) &&
        has_opener(service)) {
        // acquire [root]: its status
        if (load_acquire(&registration->root_ended) == 0)
            return false;
        *end = root_end(registration);
    }
    return true;
}

// Drains its rings; returns whether it is done with.
static bool serve(struct service *service, struct client *client) {
    struct rp_drainer *drainer = client->drainer;
    struct rp_trace_end end;
    bool dead = is_dead(service, client, &end);
    // acquire [stop]: the last events of who asks
    bool stop = load_acquire(&drainer->shared->stop) != 0;

    add_relaxed(&drainer->shared->beat, 1); // relaxed: a sign of life
    if (rp_drainer_look(drainer, dead || stop))
        service->sleep_ns = RP_DRAINER_SLEEP_NS;
    if (!dead && !stop && !drainer->stops && drainer->writer.file.error == 0)
        return false;
    if (drainer->stops)
        end = (struct rp_trace_end){TRACE_EXIT_STOPPED, -1};
    else if (stop)
        end = (struct rp_trace_end){TRACE_EXIT_NORMAL, -1};
    rp_drainer_end(drainer, &end);
    return true;
}

static void serve_all(struct service *service) {
    for (struct client **at = &service->clients; *at != NULL;) {
        struct client *client = *at;
        if (serve(service, client)) {
            *at = client->next;
            client_free(client);
            service->count--;
        } else {
            at = &client->next;
        }
    }
    // relaxed: see look_at_slots
    store_relaxed(&service->registration->clients, service->count);
}

// ---- the process ----

static void refuse_all(struct rp_registration *registration) {
    store_relaxed(&registration->drainer,
                  0); // relaxed: those who miss it are refused
    for (unsigned i = 0; i < RP_REGISTRATION_SLOTS; i++) {
        uint32_t state = RP_REGISTRATION_ANNOUNCED;
        // acq_rel [slot]: answered
        if (cas_strong_acq_rel(&registration->slots[i].state, &state,
                               RP_REGISTRATION_REFUSED))
            rp_system_wake(&registration->slots[i].state);
    }
}

void rp_drainer_process_run(struct rp_registration *registration) {
    struct service service = {.registration = registration,
                              .sleep_ns = RP_DRAINER_SLEEP_NS};
    bool opener = true;

    rp_clock_start();
    // relaxed: set before this process was made
    service.opener = load_relaxed(&registration->opener);
    service.opener_watch = rp_system_watch(service.opener);
    while (opener || service.count > 0) {
        store_relaxed(&registration->awake, 0); // relaxed: see doorbell.h
        rp_system_wait(&registration->awake, 0, service.sleep_ns);
        store_relaxed(&registration->awake, 1); // relaxed: as above
        if (service.sleep_ns < RP_DRAINER_LONGEST_SLEEP_NS)
            service.sleep_ns *= 2;
        // acquire [root]: all that has been announced by then
        bool ended = load_acquire(&registration->root_ended) != 0;
        look_at_slots(&service);
        serve_all(&service);
        // relaxed, both: a process id; and only we write it
        if (opener && ended && load_relaxed(&registration->settled) == 0) {
            // release [settled]: the traces
            store_release(&registration->settled, 1);
            rp_system_wake(&registration->settled);
        }
        opener = has_opener(&service);
    }
    refuse_all(registration);
}
