// door.c - see door.h.
#include "instrument/drain/door.h"

#include "instrument/os/handover.h"
#include "instrument/os/system.h"

#include <errno.h>

// The oldest are the first.
static void drop(struct rp_door *door, uint32_t index) {
    door->count--;
    for (uint32_t i = index; i < door->count; i++)
        door->files[i] = door->files[i + 1];
}

static void keep(struct rp_door *door, const struct rp_door_file *file) {
    if (door->count == RP_DOOR_FILES) {
        rp_system_close(door->files[0].file);
        drop(door, 0);
    }
    door->files[door->count++] = *file;
}

void rp_door_look(struct rp_door *door) {
    struct rp_handover what;
    struct rp_door_file came = {0};

    for (uint32_t i = 0; i < door->count; i++) {
        if (++door->files[i].looks > RP_DOOR_PATIENCE) {
            rp_system_close(door->files[i].file);
            drop(door, i--);
        }
    }
    for (int i = 0; i < RP_DOOR_FILES && door->socket >= 0; i++) {
        int error =
            rp_handover_take(door->socket, &what, &came.process, &came.file);
        if (error == EBADMSG)
            continue;
        if (error != 0)
            return;
        came.token = what.token;
        if (what.secret == door->secret)
            keep(door, &came);
        else
            rp_system_close(came.file);
    }
}

int rp_door_take(struct rp_door *door, uint64_t token, uint32_t process) {
    rp_door_look(door);
    for (uint32_t i = 0; i < door->count; i++) {
        if (door->files[i].token == token &&
            door->files[i].process == process) {
            int file = door->files[i].file;
            drop(door, i);
            return file;
        }
    }
    return -1;
}
