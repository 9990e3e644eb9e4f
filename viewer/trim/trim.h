// trim.h - a part of a recording as a trace of its own.
//
// It begins with a snapshot, the state of all heaps at its start, as a
// recording does that was started late; then come the events of the part. Times
// are those of the whole recording. Of a block that was there at the start it
// is not known any more when it was born.
//
// The trace is read twice: for what is needed of its tables, and to be written.
#ifndef RPSCOPE_TRIM_TRIM_H
#define RPSCOPE_TRIM_TRIM_H

#include <stdio.h>

#include "viewer/trim/hiding.h"

struct trim_wish {
    uint64_t from_ns, to_ns; // 0 and UINT64_MAX: from its start, to its end
    struct hiding hiding;
};

struct trim_told {
    uint64_t from_ns, to_ns; // what it came to
    uint64_t events, all_events;
    bool damaged; // not all of the recording is there
};

// Reads the trace at `path` and writes the new one. Errors of the stream are
// the caller's to find. False with a sentence when it cannot be read, or when
// there is nothing in the part.
bool trim(const char *path, const struct trim_wish *wish, FILE *to,
          struct trim_told *told, struct failure *failure);

#endif
