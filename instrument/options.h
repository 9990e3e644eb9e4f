// options.h - what the environment asks of the recorder; see README.md.
#ifndef RP_OPTIONS_H
#define RP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    RP_STACK_FRAMES = 256, // the most that an allocation keeps
    RP_PATH_BYTES = 4096,
    RP_RING_BYTES = 1 << 20, // of a thread's ring, unless asked otherwise
    RP_RING_BYTES_SMALL = 64 << 10, // of a ring that few events go through
    RP_RING_BYTES_LEAST = 4 << 10,  // that may be asked for
    RP_RING_BYTES_MOST = 1 << 30,
};

struct rp_options {
    bool record;
    bool force;
    bool follow;
    uint32_t root;            // process that owns `file` itself; 0: any
    uint32_t stack_frames;    // 0: none
    uint32_t ring_bytes;      // a power of two
    bool ring_bytes_asked;    // for, not the default
    uint64_t parent;          // trace id, or 0
    char file[RP_PATH_BYTES]; // empty: the default name
};

// Reads the environment. Returns NULL, or a sentence that names the wrong
// variable, its value and what is accepted; it lies in a static buffer.
const char *rp_options_read(struct rp_options *options);

// Makes `id` the parent of the programs that this process starts by exec, if
// RPSCOPE_PARENT is in the environment with room for it (16 digits). The value
// is changed in place: setenv would allocate from the traced heap.
void rp_options_pass_on(uint64_t id);

#endif
