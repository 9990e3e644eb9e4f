// buffers.h - the files in which processes keep what is not written yet.
#ifndef RPSCOPE_RECORD_BUFFERS_H
#define RPSCOPE_RECORD_BUFFERS_H

#include "instrument/shm/shared.h"

// The start of such a file, or NULL when it is none. Valid until the next call.
const struct rp_shared *buffers_read(const char *path);

// Calls `visit` for each of this user's files where they usually lie.
void buffers_each(void (*visit)(void *context, const char *path),
                  void *context);

// Removes what killed recorders have left of the files in which processes
// register.
void buffers_sweep_registrations(void);

#endif
