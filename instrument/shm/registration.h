// registration.h - where processes announce themselves to a drainer outside.
//
// `rpscope record` makes one desk for a recording, a small file that is mapped
// by all of its processes: the program, what it forks and what it starts. It is
// held (rp_system_hold) by rpscope and the drainer, so that one which both have
// left behind, killed, can be told. A
// process that begins to record takes a slot, writes the path of its rings
// there and waits a moment: the drainer takes them, or refuses, and then the
// process drains them itself. The doorbell of the desk wakes the drainer for
// all.
//
// Invariant: a slot is written by the one process that has taken it, until it
//            is announced, and from then on by the drainer.
// Progress:  a process waits for the drainer, but not for long.
#ifndef RP_INSTRUMENT_SHM_REGISTRATION_H
#define RP_INSTRUMENT_SHM_REGISTRATION_H

#include "instrument/options/options.h"

#include <stdbool.h>
#include <stdint.h>

enum rp_desk_state {
    RP_DESK_FREE,
    RP_DESK_TAKEN, // being written
    RP_DESK_ANNOUNCED,
    RP_DESK_ACCEPTED,
    RP_DESK_REFUSED,
};

struct rp_desk_slot {
    _Atomic uint32_t state; // enum rp_desk_state
    uint32_t process;
    char rings[RP_PATH_BYTES + 64];
};

enum { RP_DESK_SLOTS = 64, RP_DESK_VERSION = 1 };

struct rp_desk {
    char magic[8];
    uint32_t version;
    uint32_t shared_bytes;        // sizeof(struct rp_shared), for both
    char processes[64];           // the namespace in which process ids count
    _Atomic uint32_t drainer;     // its process id; 0: there is none any more
    _Atomic uint32_t opener;      // process id of `rpscope record` itself
    _Atomic uint32_t guests;      // processes that are being recorded
    _Atomic uint32_t root;        // the process that was started
    _Atomic uint32_t root_ended;  // 1: it has, and so:
    _Atomic uint32_t root_status; // as waitpid tells it
    _Atomic uint32_t settled;     // 1: what had ended by then is written
    _Alignas(64) _Atomic uint32_t awake;
    _Alignas(64) struct rp_desk_slot slots[RP_DESK_SLOTS];
};

// By rpscope: makes the file and maps it. Returns 0 or an errno value.
int rp_desk_make(const char *path, struct rp_desk **desk);

// By rpscope, when the program has ended: what waitpid told of it. Then waits a
// moment for the traces; returns whether they are whole.
void rp_desk_tell_end(struct rp_desk *desk, int status);
bool rp_desk_wait(struct rp_desk *desk);

// By a process: maps the desk; NULL: there is none that would help.
struct rp_desk *rp_desk_open(const char *path);

// Whether the drainer of the desk is there.
bool rp_desk_is_manned(const struct rp_desk *desk);

// Announces the rings and waits for the answer; false: they are not taken.
bool rp_desk_announce(struct rp_desk *desk, uint32_t process,
                      const char *rings);

#endif
