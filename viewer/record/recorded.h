// recorded.h - which traces a recording left behind, and what is in them.
//
// The process that was started writes the trace that was asked for; all others
// of the recording write theirs beside it, with their process id before the
// suffix: STEM.PID.SUFFIX, and STEM.PID.2.SUFFIX after a process has become
// another program.
#ifndef RPSCOPE_RECORD_RECORDED_H
#define RPSCOPE_RECORD_RECORDED_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "viewer/base/fail.h"

struct recorded {
    uint64_t traces; // that can be opened
    uint64_t events;
    uint64_t lost_events;
    uint64_t bytes;          // of the files
    uint64_t unfinished;     // traces without their last block
    uint64_t stopped;        // that ended before their process
    uint64_t largest_events; // of one trace
    char largest[NAME_MAX + 1];
};

// Adds the trace at `path`. Returns false when it cannot be opened.
bool recorded_add(struct recorded *recorded, const char *path,
                  struct failure *failure);

// Adds the traces beside `path` that were written since `start_unix_ns`.
void recorded_add_others(struct recorded *recorded, const char *path,
                         uint64_t start_unix_ns);

// When process `pid` has become other programs (exec), there are several
// traces of it: gives the one of the last program the name `path`, and the one
// that had it the other's name.
void recorded_settle(const char *path, uint32_t pid, uint64_t start_unix_ns);

#endif
