// family.h - where the traces of one recording lie.
//
// The process that `rpscope record` started writes the trace that was asked
// for, NAME.SUFFIX; all others write theirs into the folder NAME.processes, as
// PROGRAM.PID.SUFFIX, and PROGRAM.PID.2.SUFFIX when that is taken. Without
// rpscope record they lie beside each other.
#ifndef RPSCOPE_TRACE_FAMILY_H
#define RPSCOPE_TRACE_FAMILY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Where NAME of NAME.SUFFIX ends.
size_t family_stem(const char *path);

// The trace that was asked for, of which the trace at `path` or the folder
// NAME.processes is a part; `path` itself when it is of no such folder.
void family_root(const char *path, char root[PATH_MAX]);

// Where all traces but the one at `root` lie.
void family_folder(const char *root, char folder[PATH_MAX]);

// Calls `visit` with each file of the folder that may be a trace: a regular one
// with that suffix. True: a visit returned true, and was the last.
bool family_each(const char *folder, const char *suffix,
                 bool (*visit)(void *context, const char *path), void *context);

// The same of the traces with that id in the recording that the trace at `path`
// is of.
bool family_find(const char *path, uint64_t trace_id,
                 bool (*visit)(void *context, const char *path), void *context);

#endif
