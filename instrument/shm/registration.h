// registration.h - where processes announce themselves to a drainer that is a
// process of its own.
//
// `rpscope record` makes one for a recording, a small file that is mapped by
// all of its processes: the program, what it forks and what it starts. It is
// held (rp_system_hold) by rpscope and the drainer, so that one which both have
// left behind, killed, can be told. A process that begins to record takes a
// slot, writes the path of its rings there and waits a moment: the drainer
// takes them, or refuses, and then the process drains them itself. Where the
// drainer could not open them, the process hands them over first
// (os/handover.h). One doorbell wakes the drainer for all.
//
// Invariant: a slot is written by the one process that has taken it, until it
//            is announced, and from then on by the drainer.
// Progress:  a process waits for the drainer, but not for long.
#ifndef RP_INSTRUMENT_SHM_REGISTRATION_H
#define RP_INSTRUMENT_SHM_REGISTRATION_H

#include "instrument/options/options.h"

#include <stdbool.h>
#include <stdint.h>

enum rp_registration_state {
    RP_REGISTRATION_FREE,
    RP_REGISTRATION_TAKEN, // being written
    RP_REGISTRATION_ANNOUNCED,
    RP_REGISTRATION_ACCEPTED,
    RP_REGISTRATION_REFUSED,
};

struct rp_registration_slot {
    _Atomic uint32_t state; // enum rp_registration_state
    uint32_t process;
    uint64_t token; // of rings that were handed over; 0: they have a path
    char rings[RP_PATH_BYTES + 64];
};

enum { RP_REGISTRATION_SLOTS = 64, RP_REGISTRATION_VERSION = 2 };

struct rp_registration {
    char magic[8];
    uint32_t version;
    uint32_t shared_bytes; // sizeof(struct rp_shared), for both
    char processes[64];    // the namespace in which process ids count
    // The door, for rings without a path: its number, and what those know who
    // may come. And whose files the drainer can open.
    uint64_t door, secret;
    uint32_t user;
    _Atomic uint32_t drainer;     // its process id; 0: there is none any more
    _Atomic uint32_t opener;      // process id of `rpscope record` itself
    _Atomic uint32_t clients;     // processes that are being recorded
    _Atomic uint32_t root;        // the process that was started
    _Atomic uint32_t root_ended;  // 1: it has, and so:
    _Atomic uint32_t root_status; // as waitpid tells it
    _Atomic uint32_t settled;     // 1: what had ended by then is written
    _Alignas(64) _Atomic uint32_t awake;
    _Alignas(64) struct rp_registration_slot slots[RP_REGISTRATION_SLOTS];
};

// By rpscope: makes the file and maps it. Returns 0 or an errno value.
int rp_registration_make(const char *path,
                         struct rp_registration **registration);

// By rpscope, when the program has ended: what waitpid told of it. Then waits a
// moment for the traces; returns whether they are whole.
void rp_registration_tell_end(struct rp_registration *registration, int status);
bool rp_registration_wait(struct rp_registration *registration);

// By a process: maps it; NULL: there is none that would help.
struct rp_registration *rp_registration_open(const char *path);

// Whether its drainer is there.
bool rp_registration_is_served(const struct rp_registration *registration);

// Hands over the file of rings that have no path. Returns the token by which
// they are announced, 0: they could not be.
uint64_t rp_registration_hand_over(const struct rp_registration *registration,
                                   int file);

// Announces the rings, by their path or their token, and waits for the answer;
// false: they are not taken.
bool rp_registration_announce(struct rp_registration *registration,
                              uint32_t process, const char *rings,
                              uint64_t token);

#endif
