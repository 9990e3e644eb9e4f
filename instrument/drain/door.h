// door.h - the rings of processes whose files the drainer could not open.
//
// A process that has other rights than the drainer, or is in another root
// folder, has its rings in memory without a name, and hands that over
// (os/handover.h) before it announces itself. Here it waits for that.
#ifndef RP_INSTRUMENT_DRAIN_DOOR_H
#define RP_INSTRUMENT_DRAIN_DOOR_H

#include <stdint.h>

enum {
    RP_DOOR_FILES = 64,      // that wait
    RP_DOOR_PATIENCE = 1000, // times that others are looked for
};

struct rp_door {
    int socket; // -1: there is none
    uint64_t secret;
    uint32_t count;
    struct rp_door_file {
        uint64_t token;
        uint32_t process;
        uint32_t looks; // since it came
        int file;
    } files[RP_DOOR_FILES];
};

// Takes the file that this process has handed over as `token`; -1: none. What
// nobody asks for is closed after a while, the oldest at once when there are
// too many.
int rp_door_take(struct rp_door *door, uint64_t token, uint32_t process);

// Looks who has come, and closes what has waited for too long.
void rp_door_look(struct rp_door *door);

#endif
