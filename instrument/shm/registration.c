// registration.c - see registration.h.
#include "instrument/shm/registration.h"

#include "core/base/atomic.h"
#include "instrument/os/doorbell.h"
#include "instrument/os/handover.h"
#include "instrument/os/system.h"
#include "instrument/shm/shared.h"

#include <errno.h>
#include <string.h>

#define REGISTRATION_MAGIC "RPDESK1"

enum { WAIT_NS = 20000000, WAITS = 100 };

static void find_namespace(char text[64]) {
    memset(text, 0, 64);
    rp_system_link("/proc/self/ns/pid", text, 64);
}

int rp_registration_make(const char *path,
                         struct rp_registration **registration) {
    int file, error = rp_system_share(path, sizeof **registration, &file);
    if (error != 0)
        return error;

    rp_system_hold(file, false); // as long as we or the drainer live
    struct rp_registration *made =
        rp_system_map_file(file, sizeof *made, RP_MAP_KEPT);
    rp_system_close(file);
    if (made == NULL || !rp_system_populate(made, sizeof *made)) {
        rp_system_unlink(path);
        return made == NULL ? ENOMEM : ENOSPC;
    }
    made->version = RP_REGISTRATION_VERSION;
    made->shared_bytes = sizeof(struct rp_shared);
    made->door = rp_system_random();
    made->secret = rp_system_random();
    made->user = rp_system_user();
    find_namespace(made->processes);
    memcpy(made->magic, REGISTRATION_MAGIC, sizeof made->magic);
    *registration = made;
    return 0;
}

void rp_registration_tell_end(struct rp_registration *registration,
                              int status) {
    // relaxed: by [root]; the drainer has not seen the end yet, whatever others
    // have written here
    store_relaxed(&registration->settled, 0);
    store_relaxed(&registration->root_status,
                  (uint32_t)status);             // relaxed: by [root]
    store_release(&registration->root_ended, 1); // release [root]: its status
}

bool rp_registration_wait(struct rp_registration *registration) {
    rp_doorbell_ring(&registration->awake);
    rp_system_wait(&registration->settled, 0, WAIT_NS);
    return load_acquire(&registration->settled) !=
           0; // acquire [settled]: the traces
}

struct rp_registration *rp_registration_open(const char *path) {
    char processes[64];
    struct rp_registration *registration;
    int file;

    if (rp_system_share_again(path, &file) != 0)
        return NULL;
    registration = rp_system_map_file(file, sizeof *registration, RP_MAP_KEPT);
    rp_system_close(file);
    find_namespace(processes);
    if (registration != NULL &&
        (memcmp(registration->magic, REGISTRATION_MAGIC,
                sizeof registration->magic) != 0 ||
         registration->version != RP_REGISTRATION_VERSION ||
         registration->shared_bytes != sizeof(struct rp_shared) ||
         strcmp(registration->processes, processes) != 0)) {
        rp_system_unmap(registration, sizeof *registration);
        registration = NULL;
    }
    return registration;
}

bool rp_registration_is_served(const struct rp_registration *registration) {
    // relaxed: a process id, looked up at the system
    uint32_t drainer = load_relaxed(&registration->drainer);

    return drainer != 0 && rp_system_process_lives(drainer);
}

static struct rp_registration_slot *take_slot(
    struct rp_registration *registration) {
    for (unsigned i = 0; i < RP_REGISTRATION_SLOTS; i++) {
        uint32_t state = RP_REGISTRATION_FREE;
        // acq_rel [slot]: its last user is done with it
        if (cas_strong_acq_rel(&registration->slots[i].state, &state,
                               RP_REGISTRATION_TAKEN))
            return &registration->slots[i];
    }
    return NULL;
}

uint64_t rp_registration_hand_over(const struct rp_registration *registration,
                                   int file) {
    struct rp_handover what = {registration->secret, rp_system_random()};

    return rp_handover_give(registration->door, &what, file) == 0 ? what.token
                                                                  : 0;
}

bool rp_registration_announce(struct rp_registration *registration,
                              uint32_t process, const char *rings,
                              uint64_t token) {
    struct rp_registration_slot *slot = take_slot(registration);
    uint32_t state = RP_REGISTRATION_ANNOUNCED;
    if (slot == NULL)
        return false;

    slot->process = process;
    slot->token = token;
    strcpy(slot->rings, rings);
    store_release(&slot->state,
                  RP_REGISTRATION_ANNOUNCED); // release [slot]: the rest
    for (int i = 0; i < WAITS && state == RP_REGISTRATION_ANNOUNCED; i++) {
        rp_doorbell_ring(&registration->awake);
        rp_system_wait(&slot->state, RP_REGISTRATION_ANNOUNCED, WAIT_NS);
        state = load_acquire(&slot->state); // acquire [slot]: the answer
        if (state == RP_REGISTRATION_ANNOUNCED &&
            !rp_registration_is_served(registration))
            break;
    }
    if (state == RP_REGISTRATION_ANNOUNCED) {
        store_relaxed(&registration->drainer,
                      0); // relaxed: nobody need wait again
        // acq_rel [slot]: taken back, or answered at the last moment
        if (cas_strong_acq_rel(&slot->state, &state, RP_REGISTRATION_FREE))
            return false;
    }
    store_release(&slot->state,
                  RP_REGISTRATION_FREE); // release [slot]: I am done
    return state == RP_REGISTRATION_ACCEPTED;
}
