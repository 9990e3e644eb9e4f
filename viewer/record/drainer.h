// drainer.h - the process that writes the traces of `rpscope record`.
//
// It is forked before the program starts, leaves the terminal alone, and
// outlives rpscope when processes of the recording go on in the background.
#ifndef RPSCOPE_RECORD_DRAINER_H
#define RPSCOPE_RECORD_DRAINER_H

#include <stdint.h>
#include <sys/types.h>

// Starts it; folder: where the trace is to lie, ending in '/', for systems
// without a place in memory. Returns the path of the file in which processes
// register with it (RPSCOPE_DESK), or NULL: it could not be started, and each
// process records itself.
const char *record_drainer_start(const char *folder);

// In the child that is about to become the program.
void record_drainer_is_root(void);

// When the program has ended, with what waitpid told of it: waits until its
// trace is whole. Returns how many processes of the recording go on.
uint32_t record_drainer_end(int status);

#endif
