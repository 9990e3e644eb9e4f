// client.c - see client.h.
#include "instrument/drain/client.h"

#include "instrument/drain/naming.h"
#include "instrument/os/line.h"
#include "instrument/os/system.h"
#include "instrument/shm/path.h"

#include <errno.h>
#include <string.h>

// Maps the rings in a file, which is closed when they are not the process'.
// may: whether they are to be looked at; id: of their trace, NULL: any.
static bool map_rings(struct rp_shm *shm, int file, bool may, uint32_t process,
                      const uint64_t *id) {
    if (may && rp_shm_open(shm, file, sizeof(struct rp_shared)) == 0) {
        const struct rp_shared *shared = rp_shared_of(shm);
        if (shared->process == process &&
            (id == NULL || shared->header.trace_id == *id) &&
            rp_own_is_sound(shared))
            return true;
        rp_shm_close(shm);
    }
    rp_system_close(file);
    return false;
}

// Those that the process has announced by a path; anybody may have written it.
static bool open_named(struct rp_shm *shm, uint32_t process, const char *rings,
                       int *file) {
    const char *slash = strrchr(rings, '/');
    uint32_t named;
    uint64_t id;

    if (slash == NULL || !rp_path_is_rings(slash + 1, &named, &id) ||
        named != process || rp_system_share_again(rings, file) != 0)
        return false;
    // Held: nobody else may finish it when the process dies now.
    return map_rings(shm, *file, rp_system_hold(*file, false), process, &id);
}

// Those of a process that was let in at the door.
static bool open_handed(struct rp_entrance *entrance, struct rp_shm *shm,
                        uint32_t process, uint64_t token, int *file) {
    *file = rp_door_take(&entrance->door, token, process);
    return *file >= 0 &&
           map_rings(shm, *file, rp_system_is_sealed(*file), process, NULL);
}

// Makes the trace of a process that may not say where it is to be: it has other
// rights than the drainer.
static int create_for(const struct rp_entrance *entrance,
                      struct rp_shared *shared, char trace[RP_PATH_BYTES + 64],
                      int *file) {
    struct rp_shared *copy = rp_system_map(sizeof *copy, RP_MAP_OWN);
    if (copy == NULL)
        return ENOMEM;

    struct rp_line line = rp_line_start(copy->wanted, sizeof copy->wanted);
    rp_line_text(&line, entrance->names->before);
    if (entrance->names->after[0] != 0)
        rp_line_number(&line, entrance->root);
    rp_line_text(&line, entrance->names->after);
    memcpy(copy->program, shared->program, sizeof copy->program - 1);
    copy->process = shared->process;
    copy->gathers = true;
    int error = rp_naming_create(copy, file);
    memcpy(trace, copy->trace, sizeof copy->trace);
    memcpy(shared->trace, copy->trace, sizeof copy->trace);
    rp_system_unmap(copy, sizeof *copy);
    return error;
}

static void set_path(char *to, size_t room, const char *path) {
    struct rp_line line = rp_line_start(to, room);

    rp_line_text(&line, path);
}

// Makes the trace, whose path it notes, and its drainer; an errno value.
static int begin(const struct rp_entrance *entrance, struct rp_client *client,
                 const struct rp_shm *shm, int shm_file, const char *rings,
                 char trace[RP_PATH_BYTES + 64]) {
    struct rp_shared *shared = rp_shared_of(shm);
    int file, error;

    if (rings[0] == 0) {
        error = create_for(entrance, shared, trace, &file);
    } else {
        error = rp_naming_create(shared, &file);
        memcpy(trace, shared->trace, sizeof shared->trace - 1);
    }
    if (error != 0)
        return error;
    client->drainer = rp_drainer_make(shm, shm_file, file, 0, 0);
    if (client->drainer == NULL) {
        rp_system_remove(trace, file);
        rp_system_close(file);
        return ENOMEM;
    }
    // Where they were found and made, whatever the program says.
    struct rp_own *own = client->drainer->shm.own;
    set_path(own->rings, sizeof own->rings, rings);
    set_path(own->trace, sizeof own->trace, trace);
    return 0;
}

struct rp_client *rp_client_make(struct rp_entrance *entrance, uint32_t process,
                                 const char *rings, uint64_t token) {
    struct rp_client *client = rp_system_map(sizeof *client, RP_MAP_OWN);
    char trace[RP_PATH_BYTES + 64] = "";
    const char *path = token != 0 ? "" : rings;
    struct rp_shm shm;
    int shm_file;

    if (client == NULL)
        return NULL;
    if (!(token != 0 ? open_handed(entrance, &shm, process, token, &shm_file)
                     : open_named(&shm, process, rings, &shm_file))) {
        rp_system_unmap(client, sizeof *client);
        return NULL;
    }
    int error = begin(entrance, client, &shm, shm_file, path, trace);
    client->process = process;
    client->watch = rp_system_watch(process);
    if (error == 0)
        return client;
    // There is no trace, wherever the drainer is.
    rp_naming_complain(trace, error);
    // release [ended]: nothing is recorded
    store_release(&rp_shared_of(&shm)->ended, 1);
    if (path[0] != 0)
        rp_system_remove(path, shm_file);
    rp_system_close(shm_file);
    rp_shm_close(&shm);
    return client;
}

void rp_client_free(struct rp_client *client) {
    if (client->watch >= 0)
        rp_system_close(client->watch);
    if (client->drainer != NULL)
        rp_drainer_free(client->drainer);
    rp_system_unmap(client, sizeof *client);
}
