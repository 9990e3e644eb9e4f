// resume.h - going on with a trace whose drainer has died.
//
// What the file has is found by its block headers; what the rings have is
// between their marks and their heads. Where both have it, the drainer was cut
// off after writing and before giving back: the file's counts.
#ifndef RP_RESUME_H
#define RP_RESUME_H

#include "instrument/drainer.h"

// Makes a drainer that goes on where the last one was cut off. file: the trace,
// open and locked, with so many bytes; arena: mapped. What is not whole at the
// end of the file is cut off, and the rings are moved up to what the file has.
// Returns 0 or an errno value, and then the files are still the caller's:
// EALREADY: the trace has its end; EINVAL: they do not belong together.
int rp_resume(const struct rp_arena *arena, int arena_file, int file,
              uint64_t bytes, struct rp_drainer **drainer);

// Finishes the trace of a process that has died with its drainer.
// trace, rings: paths. *events: how many were still in the rings. Returns 0 or
// an errno value, as rp_resume; EBUSY: the trace is being written.
int rp_rescue(const char *trace, const char *rings, uint64_t *events);

#endif
