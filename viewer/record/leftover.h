// leftover.h - what a killed recorder has left: adding it to its trace.
//
// Everything is opened here, and looked at; a process that can do no more than
// read the buffers and write the trace does the work; what is not needed any
// more is removed here again.
#ifndef RPSCOPE_RECORD_LEFTOVER_H
#define RPSCOPE_RECORD_LEFTOVER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "instrument/drain/recovery.h"
#include "viewer/record/buffers.h"

// What came of it.
struct leftover_result {
    struct rp_recovered recovered;
    bool has_trace; // damaged, but some of it stands in a trace
    // An errno value, 0: it is in the trace, and removed. EBADMSG: the buffers
    // are not what they seem; EBUSY: somebody still holds them; EALREADY: it
    // has been added, or the trace is whole; ENOENT, EINVAL: there is no such
    // trace.
    int error;
};

// Adds it to the trace that is there. b: held, by one buffers_hold from the
// look at what it says to the end of this, so that nobody comes in between.
struct leftover_result leftover_add(struct buffers *b, const char *path);

// The same of a trace that is to be made, as the process would have called it;
// *path becomes its name.
struct leftover_result leftover_make(struct buffers *b, const char **path);

// Removes it unread: there is no trace that it could belong to.
void leftover_remove(const struct buffers *b);

// The folder of a trace, with a slash behind it.
void leftover_folder(const char *trace, char folder[PATH_MAX]);

#endif
