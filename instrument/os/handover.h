// handover.h - a file goes from one process to another that could not open it.
//
// By a socket of datagrams whose name lies in no file system, so that it is
// found from within any root folder and with any rights. Whoever is on the
// machine may send to it: the receiver believes the kernel alone, which says
// who has sent, and a word that only those know whom it concerns.
//
// Every function leaves errno alone and allocates nothing.
#ifndef RP_INSTRUMENT_OS_HANDOVER_H
#define RP_INSTRUMENT_OS_HANDOVER_H

#include <stdbool.h>
#include <stdint.h>

// What comes with a file.
struct rp_handover {
    uint64_t secret; // that the sender knew
    uint64_t token;  // which file it is
};

// Makes the socket. number: a random one, which is its name. Returns 0 or an
// errno value.
int rp_handover_open(uint64_t number, int *socket);

// Sends the file, which stays the caller's. Waits for room, at most two
// seconds. Returns 0 or an errno value; ECONNREFUSED: there is no such socket.
int rp_handover_give(uint64_t number, const struct rp_handover *what, int file);

// Takes what has come, one file; process: who has sent it, 0 if that process is
// in another namespace. Returns 0 or an errno value; EAGAIN: there is nothing;
// EBADMSG: something else, which is dropped.
int rp_handover_take(int socket, struct rp_handover *what, uint32_t *process,
                     int *file);

#endif
