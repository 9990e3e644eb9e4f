// buffers.h - the files in which processes keep what is not written yet.
//
// Anybody may have made a file of that name. So it is looked for only in
// folders of this user into which nobody else may write, and beside the trace;
// it is opened once, must be this user's alone, and is what its name says; from
// then on it is known by its descriptor.
#ifndef RPSCOPE_RECORD_BUFFERS_H
#define RPSCOPE_RECORD_BUFFERS_H

#include <limits.h>
#include <stdbool.h>

#include "instrument/shm/shared.h"

struct buffers {
    int folder, file;
    char name[NAME_MAX + 1];
    char path[PATH_MAX + NAME_MAX + 2]; // for sentences
    struct rp_shared shared;            // as it was when it was opened
};

// Calls `visit` for each of this user's files where they usually lie.
void buffers_each(void (*visit)(void *context, const char *path),
                  void *context);

// Opens the one at a path. own: false, if its folder is a trace's, which may be
// any. Returns 0 or an errno value; EINVAL: it is not of this version, or not
// what its name says.
int buffers_open(struct buffers *buffers, const char *path, bool own);
// Opens the one of that name where they usually lie, or in the folder of the
// trace. The same.
int buffers_find(struct buffers *buffers, const char *name,
                 const char *trace_folder);
// Opens what a process has mapped without a name there, as /proc/PID/maps has
// the range. For root alone. Returns 0 or an errno value; EINVAL: something
// else.
int buffers_open_mapped(struct buffers *b, uint32_t process, const char *range);

// Takes it from a process that is gone, until it is closed, and reads anew what
// it says. Returns 0; EBUSY: its process or drainer lives, or another rpscope
// has it; EALREADY: that one has removed it; EINVAL: it is not what it was.
int buffers_hold(struct buffers *buffers);

void buffers_close(struct buffers *buffers);
// Removes the file; it stays open.
void buffers_remove(const struct buffers *buffers);

// Removes what killed recorders have left of the files in which processes
// register.
void buffers_sweep_registrations(void);

#endif
