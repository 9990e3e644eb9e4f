// recorded.h - which traces a recording left behind, and what is in them.
#ifndef RPSCOPE_RECORDED_H
#define RPSCOPE_RECORDED_H

#include <stdbool.h>
#include <stdint.h>

#include "viewer/fail.h"

struct recorded {
    uint64_t traces; // whole enough to be opened
    uint64_t events;
    uint64_t lost_events;
    uint64_t bytes;      // of the files
    uint64_t unfinished; // traces without their last block
};

// Adds the trace at `path`. Returns false when it cannot be opened.
bool recorded_add(struct recorded *recorded, const char *path,
                  struct failure *failure);

// Adds the traces that other processes of the recording made: files beside
// `path` that are called like it but for a number before the suffix, and were
// written since `start_unix_ns`.
void recorded_add_children(struct recorded *recorded, const char *path,
                           uint64_t start_unix_ns);

#endif
