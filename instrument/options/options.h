// options.h - what the environment asks of the recorder; see README.md.
#ifndef RP_INSTRUMENT_OPTIONS_OPTIONS_H
#define RP_INSTRUMENT_OPTIONS_OPTIONS_H

#include "instrument/options/stack_options.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RP_PATH_BYTES = 4096,
    RP_RING_BYTES = 4 << 20, // of a thread's ring, unless asked otherwise
    RP_RING_BYTES_DRAINED = 1 << 20, // which suffice if the drainer keeps up
    RP_RING_BYTES_FIRST = 256 << 10, // of memory; more comes with the events
    RP_RING_BYTES_SMALL = 64 << 10,  // of a ring that few events go through
    RP_RING_BYTES_LEAST = 4 << 10,   // that may be asked for
    RP_RING_BYTES_CROWD = 2 << 10,   // of memory, where there are many: so a
                                     // ring begins in one page
    RP_RING_BYTES_MOST = 1 << 30,
    RP_LAST_BYTES_LEAST = 64 << 10, // that may be kept
    RP_LAST_BYTES_MOST = 768 << 20, // what fits into a ring
    RP_LIMIT_LEAST = 512 << 10,     // of the bytes of a trace
    RP_SPILL_BYTES = 1 << 30,       // of all rings of a process, unless asked
    RP_SPILL_LEAST = 16 << 20,
};

// Which children of a process that records do so, too.
enum rp_follow {
    RP_FOLLOW_ALL,
    RP_FOLLOW_EXEC, // those that become a program of their own
    RP_FOLLOW_NONE,
};

struct rp_options {
    bool record;
    bool paused; // until it is asked to start
    // Only so much is kept, of time or of events in their rings; 0, 0: all.
    uint64_t last_ns, last_bytes;
    uint64_t residency_ns; // between two samples of what is in memory; 0: none
    bool force;
    enum rp_follow follow;
    bool drops;    // events, rather than wait for room
    bool coarse;   // time stamps: see os/clock.h
    uint32_t root; // process that owns `file` itself; 0: any
    struct rp_stack_options stacks;
    uint32_t free_every;      // one in so many frees has a stack; 0: none
    const char *unrecorded;   // why nothing comes of the program; NULL: it does
    uint32_t ring_bytes;      // a power of two
    bool ring_bytes_asked;    // for, not the default
    uint64_t parent;          // trace id, or 0
    uint64_t limit;           // of the trace, in bytes; 0: none
    uint64_t spill;           // bytes on the disk for full rings; 0: none
    char file[RP_PATH_BYTES]; // empty: the default name
    char only[RP_PATH_BYTES]; // names of programs, with commas; empty: any
    char rings[RP_PATH_BYTES]; // the folder for rings; empty: the default ones
    // Where the rings are to be announced; empty: nowhere.
    char registration[RP_PATH_BYTES];
};

// What RPSCOPE_LAST may be: a time, or a size with its suffix, since a mere
// number is of seconds. The other one becomes 0.
bool rp_options_last(const char *text, uint64_t *ns, uint64_t *bytes);
#define RP_OPTIONS_LAST                                                        \
    "a time from 1ms to a day, such as 30s or 5m, or a size from 64K to "      \
    "768M, "                                                                   \
    "such as 256M"

// Reads the environment. Returns NULL, or a sentence that names the wrong
// variable, its value and what is accepted; it lies in a static buffer.
const char *rp_options_read(struct rp_options *options);

// Makes `id` the parent of the programs that this process starts by exec, if
// RPSCOPE_PARENT is in the environment with room for it (16 digits). The value
// is changed in place: setenv would allocate from the traced heap.
void rp_options_pass_on(uint64_t id);

#endif
