// drainer_process.c - see drainer_process.h.
//
// What a process published before it died is in its rings, which are mapped
// here. So its death is looked for first, and its rings are read after that.
//
// Any process that is recorded can write into the registration. So whether one
// has died is asked of the system; how, is believed of one that has.
#include "instrument/drain/drainer_process.h"

#include "core/base/atomic.h"
#include "instrument/drain/client.h"
#include "instrument/os/clock.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/handover.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"

#include <string.h>
#include <sys/wait.h>

struct service {
    struct rp_registration *registration;
    struct rp_entrance entrance;
    struct rp_client *clients;
    uint32_t count;
    uint32_t opener; // `rpscope record`
    int opener_watch;
    uint64_t sleep_ns;
};

// ---- who comes ----

// Whether these rings are drained already.
static bool is_known(const struct service *service, const char *rings) {
    const char *slash = strrchr(rings, '/');
    const struct rp_client *client = service->clients;
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
    struct rp_client *client =
        is_known(service, rings)
            ? NULL
            : rp_client_make(&service->entrance, slot->process, rings,
                             slot->token);
    uint32_t answer =
        client != NULL ? RP_REGISTRATION_ACCEPTED : RP_REGISTRATION_REFUSED;
    uint32_t expected = RP_REGISTRATION_ANNOUNCED;

    // acq_rel [slot]: answered, unless it was taken back
    if (!cas_strong_acq_rel(&slot->state, &expected, answer) &&
        client != NULL) {
        // Then it drains the rings itself, and begins with the file.
        if (client->drainer != NULL)
            rp_drainer_abandon(client->drainer);
        rp_client_free(client);
        return;
    }
    rp_system_wake(&slot->state);
    if (client == NULL || client->drainer == NULL) {
        if (client != NULL)
            rp_client_free(client);
        return;
    }
    for (struct rp_client *old = service->clients; old != NULL; old = old->next)
        old->replaced |= old->process == client->process;
    client->next = service->clients;
    service->clients = client;
    service->count++;
    rp_drainer_begin(client->drainer);
}

static void look_at_slots(struct service *service) {
    struct rp_registration *registration = service->registration;

    // relaxed: a number
    service->entrance.root = load_relaxed(&registration->root);
    rp_door_look(&service->entrance.door);
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
static bool is_dead(const struct service *service,
                    const struct rp_client *client, struct rp_trace_end *end) {
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
static bool serve(struct service *service, struct rp_client *client) {
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
    for (struct rp_client **at = &service->clients; *at != NULL;) {
        struct rp_client *client = *at;
        if (serve(service, client)) {
            *at = client->next;
            rp_client_free(client);
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

void rp_drainer_process_run(struct rp_registration *registration,
                            const struct rp_drainer_names *names) {
    struct service service = {
        .registration = registration,
        .entrance = {.names = names,
                     .door = {.socket = -1, .secret = registration->secret}},
        .sleep_ns = RP_DRAINER_SLEEP_NS,
    };
    bool opener = true;

    rp_system_ignore_limit();
    rp_clock_start();
    // relaxed: set before this process was made
    service.opener = load_relaxed(&registration->opener);
    // Without it, such processes drain their rings themselves.
    rp_handover_open(registration->door, &service.entrance.door.socket);
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
    if (service.entrance.door.socket >= 0)
        rp_system_close(service.entrance.door.socket);
}
