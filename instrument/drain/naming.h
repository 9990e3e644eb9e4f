// naming.h - the trace's file: its name, and making it.
#ifndef RP_INSTRUMENT_DRAIN_NAMING_H
#define RP_INSTRUMENT_DRAIN_NAMING_H

#include "instrument/shm/shared.h"

// Whose view of the files the caller has: a path means the same to those for
// whom this is the same. Empty: it is not known.
void rp_naming_mounts(char *mounts, size_t room);

// Notes what the trace is to be called, from the root folder on, so that
// anybody can make it. By the program. exact: the file that was asked for is
// this process' own, NAME.SUFFIX. Else, and when it may not be replaced, it is
// NAME.PID.SUFFIX; or NAME.processes/PROGRAM.PID.SUFFIX when the recording was
// started for one process and this is another, unless no such folder can be
// had. From the second on a number follows the process id.
void rp_naming_wish(struct rp_shared *shared, const struct rp_options *options,
                    bool exact);

// Makes the file, empty and locked, and notes its name in shared->trace. By
// whoever drains. Returns 0 or an errno value.
int rp_naming_create(struct rp_shared *shared, int *file);

// Says on stderr that there is no trace, and why.
void rp_naming_complain(const char *trace, int error);

#endif
