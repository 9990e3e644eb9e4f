// trace_path.h - where a recording writes its trace.
#ifndef RPSCOPE_RECORD_TRACE_PATH_H
#define RPSCOPE_RECORD_TRACE_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "viewer/base/fail.h"

struct trace_path {
    char path[PATH_MAX];   // absolute; "" until it has a name
    char folder[PATH_MAX]; // that it lies in
    const char *shown;     // the path as the user knows it
};

// given: as the user wants it, or NULL; force: it may be overwritten. False
// with a sentence when nothing can be written there. The strings of `trace`
// point into `given` and `trace` itself.
bool trace_path_choose(struct trace_path *trace, const char *given, bool force,
                       struct failure *failure);

// What its name is made of: a path that was given, and an empty `after`; else
// what stands before the id of the process, and what stands after it.
void trace_path_parts(const struct trace_path *trace, const char *command,
                      char *before, size_t room, char *after,
                      size_t after_room);

// Names a trace that was given no path: COMMAND.PID.rptrace, in this folder.
void trace_path_name(struct trace_path *trace, const char *command,
                     pid_t process);

#endif
