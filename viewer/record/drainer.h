// drainer.h - the process that writes the traces of `rpscope record`.
//
// It is forked before the program starts, leaves the terminal alone, and
// outlives rpscope when processes of the recording go on in the background.
#ifndef RPSCOPE_RECORD_DRAINER_H
#define RPSCOPE_RECORD_DRAINER_H

#include <stdint.h>
#include <sys/types.h>

#include "viewer/record/trace_path.h"

// Starts it. The folder of the trace is of use to systems without a place in
// memory, its name and the command's are for those of processes that have other
// rights. Returns the path of the file in which processes register with it
// (RPSCOPE_DESK), or NULL: it could not be started, and each process records
// itself.
const char *record_drainer_start(const struct trace_path *trace,
                                 const char *command);

// In the child that is about to become the program.
void record_drainer_is_root(void);

// When the program has ended, with what waitpid told of it: waits until its
// trace is whole. Returns how many processes of the recording go on.
uint32_t record_drainer_end(int status);

#endif
