// ending.h - what rpscope record knows of the end of the process, for its
// trace.
#ifndef RPSCOPE_RECORD_ENDING_H
#define RPSCOPE_RECORD_ENDING_H

#include <stdint.h>

#include "viewer/record/own_allocator.h"
#include "viewer/trace/ending.h"

struct record_ending {
    struct trace_ending ending;
    struct trace_window window; // when only the last moments were kept
    char stopped[TRACE_ENDING_BYTES];
    // What the process keeps that cannot be recorded, of its name; or "".
    char unrecorded[OWN_ALLOCATOR_BYTES];
};

// Puts behind the end of the trace at `path` how its process ended (`status`,
// of waitpid), how long it ran, and what of it was not recorded (resident: the
// most that was in memory, 0: not known), and reads what the trace then says.
// A trace without an end, or that cannot be written, stays as it is.
void record_ending(const char *path, int status, uint64_t ended_unix_ns,
                   uint64_t resident, struct record_ending *end);

// Of any other process of the recording: puts what was not recorded behind the
// end of its trace, and into `text`. false: there is nothing.
bool record_unrecorded(const char *path, char text[OWN_ALLOCATOR_BYTES]);

#endif
