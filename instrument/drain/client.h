// client.h - a process whose rings are drained by the drainer's process.
//
// Anybody may have written what is announced. Rings with a path are the
// drainer's own user's, and their process says what its trace is called. Rings
// that were handed over (door.h) may be of a process with fewer rights: so they
// cannot be made smaller under the drainer's hands, and their trace is called
// as the drainer knows.
#ifndef RP_INSTRUMENT_DRAIN_CLIENT_H
#define RP_INSTRUMENT_DRAIN_CLIENT_H

#include "instrument/drain/door.h"
#include "instrument/drain/drainer.h"

// What the drainer is told before the program starts; what is in the
// registration, any of the recorded processes can change. Traces of processes
// that have other rights are called by this alone.
struct rp_drainer_names {
    // The trace of the process that was started; when `after` is not empty, its
    // id and that follow.
    char before[RP_PATH_BYTES];
    char after[16];
};

// By which ways processes come.
struct rp_entrance {
    const struct rp_drainer_names *names;
    struct rp_door door;
    uint32_t root; // the process that was started
};

struct rp_client {
    struct rp_client *next;
    struct rp_drainer *drainer; // NULL: there can be no trace
    uint32_t process;
    int watch;     // for its death; -1: by asking
    bool replaced; // the process has announced other rings since
};

// Lets in the process that has announced its rings, by a path, or by a token
// that is not 0: makes its trace and its drainer. NULL: it is none, or there is
// no memory. When there can be no trace, that is said, and the process told.
struct rp_client *rp_client_make(struct rp_entrance *entrance, uint32_t process,
                                 const char *rings, uint64_t token);
void rp_client_free(struct rp_client *client);

#endif
