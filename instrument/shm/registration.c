// registration.c - see desk.h.
#include "instrument/shm/registration.h"

#include "core/base/atomic.h"
#include "instrument/os/doorbell.h"
#include "instrument/shm/shared.h"
#include "instrument/os/system.h"

#include <errno.h>
#include <string.h>

#define DESK_MAGIC "RPDESK1"

enum { WAIT_NS = 20000000, WAITS = 100 };

static void find_namespace(char text[64]) {
    memset(text, 0, 64);
    rp_system_link("/proc/self/ns/pid", text, 64);
}

int rp_desk_make(const char *path, struct rp_desk **desk) {
    int file, error = rp_system_share(path, sizeof **desk, &file);
    if (error != 0)
        return error;

    rp_system_hold(file, false); // as long as we or the drainer live
    struct rp_desk *made = rp_system_map_file(file, sizeof *made, RP_MAP_KEPT);
    rp_system_close(file);
    if (made == NULL || !rp_system_populate(made, sizeof *made)) {
        rp_system_unlink(path);
        return made == NULL ? ENOMEM : ENOSPC;
    }
    made->version = RP_DESK_VERSION;
    made->shared_bytes = sizeof(struct rp_shared);
    find_namespace(made->processes);
    memcpy(made->magic, DESK_MAGIC, sizeof made->magic);
    *desk = made;
    return 0;
}

void rp_desk_tell_end(struct rp_desk *desk, int status) {
    store_relaxed(&desk->root_status, (uint32_t)status); // relaxed: by [root]
    store_release(&desk->root_ended, 1); // release [root]: its status
}

bool rp_desk_wait(struct rp_desk *desk) {
    rp_doorbell_ring(&desk->awake);
    rp_system_wait(&desk->settled, 0, WAIT_NS);
    return load_acquire(&desk->settled) != 0; // acquire [settled]: the traces
}

struct rp_desk *rp_desk_open(const char *path) {
    char processes[64];
    struct rp_desk *desk;
    int file;

    if (rp_system_share_again(path, &file) != 0)
        return NULL;
    desk = rp_system_map_file(file, sizeof *desk, RP_MAP_KEPT);
    rp_system_close(file);
    find_namespace(processes);
    if (desk != NULL &&
        (memcmp(desk->magic, DESK_MAGIC, sizeof desk->magic) != 0 ||
         desk->version != RP_DESK_VERSION ||
         desk->shared_bytes != sizeof(struct rp_shared) ||
         strcmp(desk->processes, processes) != 0)) {
        rp_system_unmap(desk, sizeof *desk);
        desk = NULL;
    }
    return desk;
}

bool rp_desk_is_manned(const struct rp_desk *desk) {
    // relaxed: a process id, looked up at the system
    uint32_t drainer = load_relaxed(&desk->drainer);

    return drainer != 0 && rp_system_process_lives(drainer);
}

static struct rp_desk_slot *take_slot(struct rp_desk *desk) {
    for (unsigned i = 0; i < RP_DESK_SLOTS; i++) {
        uint32_t state = RP_DESK_FREE;
        // acq_rel [slot]: its last user is done with it
        if (cas_strong_acq_rel(&desk->slots[i].state, &state, RP_DESK_TAKEN))
            return &desk->slots[i];
    }
    return NULL;
}

bool rp_desk_announce(struct rp_desk *desk, uint32_t process,
                      const char *rings) {
    struct rp_desk_slot *slot = take_slot(desk);
    uint32_t state = RP_DESK_ANNOUNCED;
    if (slot == NULL)
        return false;

    slot->process = process;
    strcpy(slot->rings, rings);
    store_release(&slot->state, RP_DESK_ANNOUNCED); // release [slot]: the rest
    for (int i = 0; i < WAITS && state == RP_DESK_ANNOUNCED; i++) {
        rp_doorbell_ring(&desk->awake);
        rp_system_wait(&slot->state, RP_DESK_ANNOUNCED, WAIT_NS);
        state = load_acquire(&slot->state); // acquire [slot]: the answer
        if (state == RP_DESK_ANNOUNCED && !rp_desk_is_manned(desk))
            break;
    }
    if (state == RP_DESK_ANNOUNCED) {
        store_relaxed(&desk->drainer, 0); // relaxed: nobody need wait again
        // acq_rel [slot]: taken back, or answered at the last moment
        if (cas_strong_acq_rel(&slot->state, &state, RP_DESK_FREE))
            return false;
    }
    store_release(&slot->state, RP_DESK_FREE); // release [slot]: I am done
    return state == RP_DESK_ACCEPTED;
}
